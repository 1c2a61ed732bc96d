import { describe, it } from 'vitest'
import { conformanceChecks } from '../../../connectors/conformance.ts'
import { objectIri } from '../../../connectors/connector.ts'
import { GEO, RDF, XSD } from '../../../planner/namespaces.ts'
import { defaultGraph, iri, literal, type Quad, type Term } from '../../../planner/term.ts'
import { BASE, store } from './harness.ts'

const EX = 'https://example.org/terms#'
const ex = (name: string) => iri(EX + name)
const typed = (text: string, datatype: string) => literal(text, iri(datatype))
const object = (locator: string) => iri(objectIri(BASE, 'documents', locator))

const MAPPING = `
prefixes: { ex: "${EX}", geo: "${GEO}" }
mappings:
  survey:
    s: $(@object)
    po:
      - [a, ex:Survey]
      - [ex:name, $(name)]
      - [ex:title, $(title), en~lang]
      - [ex:depth, $(depth)]
      - [ex:public, $(public)]
      - [ex:begun, $(begun), xsd:date]
      - [ex:tag, $(tags)]
      - [geo:hasGeometry, $(@object)#geometry~iri]
      - p: ex:country
        o: { mapping: country, condition: { function: equal, parameters: [[str1, $(country)], [str2, $(code)]] } }
  geometry: { sources: [survey], s: $(@object)#geometry, po: [[geo:asWKT, $(geometry), geo:wktLiteral]] }
  country:
    s: ex:country/$(code)
    po: [[ex:label, $(label)]]
  listed:
    sources: [country]
    graph: ex:graph
    s: ex:country/$(code)
    po: [[ex:neighbour, ex:country/$(neighbours)~iri]]
`
const FILES = {
  'survey.json': JSON.stringify([
    {
      ...{ _id: 'f3', name: 'F3', title: 'North', depth: 1500, public: true, begun: '2024-05-01', tags: ['x', 'y'] },
      ...{ country: 'nl', geometry: { type: 'Point', coordinates: [4.8, 54.9] } },
    },
    { _id: 'k 2/b', name: 'F3', depth: 20.5, public: false, tags: 'x', country: ['nl', 'no'] },
  ]),
  'country.ndjson': '{"code":"nl","label":"Netherlands","neighbours":["be"]}\n{"code":"no","label":"Noreg"}\n',
}
const quad = (subject: Term, predicate: string, value: Term, graph?: Term): Quad =>
  ({ subject, predicate: iri(predicate), object: value, graph: graph ?? defaultGraph }) as Quad

const [f3, k2] = [object('survey/f3'), object('survey/k 2/b')]
const [nl, no] = [ex('country/nl'), ex('country/no')]
const QUADS: readonly Quad[] = [
  ...[f3, k2].flatMap((each) => [
    quad(each, `${RDF}type`, ex('Survey')),
    quad(each, `${EX}name`, literal('F3')),
    quad(each, `${EX}tag`, literal('x')),
    quad(each, `${EX}country`, nl),
    quad(each, `${GEO}hasGeometry`, iri(`${each.value}#geometry`)),
  ]),
  quad(f3, `${EX}title`, literal('North', 'en')),
  quad(f3, `${EX}depth`, typed('1500', `${XSD}integer`)),
  quad(k2, `${EX}depth`, typed('2.05E1', `${XSD}double`)),
  quad(f3, `${EX}public`, typed('true', `${XSD}boolean`)),
  quad(k2, `${EX}public`, typed('false', `${XSD}boolean`)),
  quad(f3, `${EX}begun`, typed('2024-05-01', `${XSD}date`)),
  quad(f3, `${EX}tag`, literal('y')),
  quad(k2, `${EX}country`, no),
  quad(iri(`${f3.value}#geometry`), `${GEO}asWKT`, typed('POINT (4.8 54.9)', `${GEO}wktLiteral`)),
  quad(nl, `${EX}label`, literal('Netherlands')),
  quad(no, `${EX}label`, literal('Noreg')),
  quad(nl, `${EX}neighbour`, ex('country/be'), ex('graph')),
]

describe('documents as a connector', () => {
  const checks = conformanceChecks({
    async open() {
      const at = await store(FILES, MAPPING)
      const { connector } = at
      return Object.defineProperties(
        { [Symbol.asyncDispose]: () => at[Symbol.asyncDispose]() },
        Object.getOwnPropertyDescriptors(connector),
      ) as typeof connector & AsyncDisposable
    },
    quads: QUADS,
    references: [
      { locator: 'survey/f3', object: f3 },
      { locator: 'survey/k 2/b', object: k2 },
    ],
  })
  for (const { name, run } of checks) it(name, run)
})
