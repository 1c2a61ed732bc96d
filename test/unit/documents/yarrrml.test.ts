import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readYarrrml } from '../../../connectors/mapping/yarrrml.ts'
import { RDF, XSD } from '../../../planner/namespaces.ts'
import { iri, literal } from '../../../planner/term.ts'

const context = { file: 'views.yaml', objectPrefix: (collection: string) => `urn:store/${collection}%2F` }
const read = (text: string) => readYarrrml(text, context)
const constant = (value: string) => ({ kind: 'constant', term: iri(value) })
const PREFIXES = 'prefixes: { ex: "http://ex/" }\n'

describe('YARRRML', () => {
  it('reads short and long forms alike', () => {
    const [short] = read(`${PREFIXES}
mappings:
  person:
    sources: [[people.json~jsonpath, "$[*]"]]
    s: ex:$(id)
    po:
      - [a, ex:Person]
      - [ex:name, $(name), en~lang]
      - [ex:age, $(age), xsd:integer]
      - [[ex:knows, ex:likes], ex:p$(friend)~iri]
`)
    const [long] = read(`${PREFIXES}
mappings:
  person:
    sources: [{ access: people.json, referenceFormulation: jsonpath }]
    subjects: [ex:$(id)]
    predicateobjects:
      - { predicates: a, objects: ex:Person }
      - { p: ex:name, o: { value: $(name), language: en } }
      - { predicate: ex:age, object: [$(age), xsd:integer] }
      - predicates: [ex:knows, ex:likes]
        objects: { value: ex:p$(friend), type: iri }
`)
    expect(short).toEqual({
      name: 'person',
      collection: 'people',
      subject: { kind: 'template', text: ['http://ex/', ''], fields: [['id']], termType: 'iri' },
      classes: [iri('http://ex/Person')],
      properties: [
        {
          predicate: constant('http://ex/name'),
          object: { kind: 'field', field: ['name'], termType: 'literal', language: 'en' },
        },
        {
          predicate: constant('http://ex/age'),
          object: { kind: 'field', field: ['age'], termType: 'literal', datatype: `${XSD}integer` },
        },
        ...['knows', 'likes'].map((name) => ({
          predicate: constant(`http://ex/${name}`),
          object: { kind: 'template', text: ['http://ex/p', ''], fields: [['friend']], termType: 'iri' },
        })),
      ],
    })
    expect(long).toEqual(short)
  })

  it('reads paths into objects and arrays, from the element or from the whole record', () => {
    const [view] = read(`${PREFIXES}
mappings:
  item:
    sources: [[orders, "$.items[*]"]]
    s: ex:$($._id)/$(@index)
    po:
      - [ex:name, "$(product.names[*].text)"]
      - [ex:code, $(Country Code)]
      - [ex:dotted, "$(a\\\\.b)"]
      - [ex:quoted, "$(['x.y'][0])"]
`)
    expect(view?.iterator).toEqual(['items', '*'])
    expect(view?.subject).toMatchObject({ text: ['http://ex/', '/', ''], fields: [['$', '_id'], ['@index']] })
    expect(view?.properties.map(({ object }) => (object as { field: unknown }).field)).toEqual([
      ['product', 'names', '*', 'text'],
      ['Country Code'],
      ['a.b'],
      ['x.y', '0'],
    ])
  })

  it('writes the record as an object of its store', () => {
    const [view] = read(`${PREFIXES}
mappings:
  survey: { s: $(@object), po: [[ex:part, "$(@object)#geometry~iri"]] }
`)
    const object = { kind: 'template', fields: [['$', '_id']], termType: 'iri', encoding: 'component' }
    expect(view?.collection).toBe('survey')
    expect(view?.subject).toEqual({ ...object, text: ['urn:store/survey%2F', ''] })
    expect(view?.properties[0]?.object).toEqual({ ...object, text: ['urn:store/survey%2F', '#geometry'] })
  })

  it('reads references to other mappings, graphs, blank subjects and constants', () => {
    const views = read(`${PREFIXES}
mappings:
  child:
    graphs: ex:g/$(id)
    po:
      - [a, ex:Child]
      - [ex:says, "hello, world"]
      - p: ex:parent
        o:
          - mapping: parent
            condition: { function: equal, parameters: [[str1, $(parent)], [str2, $(id)]] }
      - { p: ex:late, o: { mapping: parent, condition: { function: idlab-fn:equal, parameters: [[str1, $(id), o], [str2, $(of), s]] } } }
  parent: { s: ex:$(id) }
`)
    expect(views[0]?.subject).toEqual({
      kind: 'template',
      text: ['child.', ''],
      fields: [['$', '_id']],
      termType: 'blank',
    })
    expect(views[0]?.classes).toEqual([])
    const graph = { kind: 'template', text: ['http://ex/g/', ''], fields: [['id']], termType: 'iri' }
    expect(views[0]?.properties).toEqual([
      { predicate: constant(`${RDF}type`), object: constant('http://ex/Child'), graph },
      { predicate: constant('http://ex/says'), object: { kind: 'constant', term: literal('hello, world') }, graph },
      {
        predicate: constant('http://ex/parent'),
        object: { kind: 'join', view: 'parent', on: [{ child: ['parent'], parent: ['id'] }] },
        graph,
      },
      {
        predicate: constant('http://ex/late'),
        object: { kind: 'join', view: 'parent', on: [{ child: ['of'], parent: ['id'] }] },
        graph,
      },
    ])
  })

  it.each([
    ['mappings:\n  a: { s: ex:$(id) }', 1 + 1, "the prefix 'ex' is not declared"],
    ['mappings:\n  a:\n    s: http://x/$(id\n', 3, 'a reference is $(name)'],
    ['mappings:\n  a:\n    s: http://x/$(id)\n    p: 1', 4, "'p' is not known in the mapping 'a'"],
    ['mappings:\n  a:\n    s: http://x/$(id)\n    po:\n      - [a]', 5, 'a property is [predicate, object]'],
    [
      'mappings:\n  a:\n    s: http://x/$(id)\n    po:\n      - { p: "http://x/p", o: { mapping: b } }',
      5,
      "there is no mapping 'b'",
    ],
    [
      'mappings:\n  a:\n    s: http://x/$(id)\n    po:\n      - ["http://x/p", $(n), english~lang]',
      5,
      "'english' is no language tag",
    ],
    [
      'mappings:\n  a:\n    s: http://x/$(id)\n    po:\n      - ["http://x/p", { function: upper }]',
      5,
      "'function' is not known in an object",
    ],
    ['mappings:\n  a: [', 2, 'Flow sequence'],
  ])('names file, line and column of what is wrong: %j', (text, line, reason) => {
    expect(() => read(text)).toThrowError(
      expect.objectContaining({
        code: 'configuration',
        message: expect.stringMatching(/^views\.yaml, line \d+, column \d+: /),
        details: expect.objectContaining({ line }),
      }),
    )
    expect(() => read(text)).toThrowError(reason)
  })

  const reference = process.env['POLYPROV_REFERENCE'] ?? '../shared/reference'
  it('reads the mapping of the GTFS-Madrid benchmark', async (test) => {
    const text = await readFile(join(reference, 'gtfs/mappings/gtfs-csv.yml'), 'utf8').catch(() => undefined)
    if (text === undefined) {
      if (process.env['CI'] === 'true') throw new Error(`there is no reference data in ${reference}`)
      console.log(`skipped: no reference data in ${reference}`)
      return test.skip()
    }
    const views = read(text)
    expect(views.map(({ name }) => name)).toContain('stoptimes')
    expect(views.find(({ name }) => name === 'stoptimes')).toMatchObject({ collection: 'STOP_TIMES' })
    expect(
      views.flatMap(({ properties }) => properties).filter(({ object }) => object.kind === 'join').length,
    ).toBeGreaterThan(5)
  })
})
