import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Parser, Store } from 'n3'
import { describe, expect, it } from 'vitest'
import { createServer } from '../../src/server/create-server.ts'
import { publishedIri } from './manifest.ts'
import { reportOutcomes } from './outcomes.ts'
import { openWhole } from './polystores.ts'
import { SUITES, suitesPresent } from './reference.ts'

const SD = 'http://www.w3.org/ns/sparql-service-description#'
const MF = 'http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#'
const RDF_TYPE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type'

/**
 * The vocabulary: class of the subject and of the object of each property (SPARQL 1.1 Service Description, section 3.4).
 * Objects of the classes without a name here are IRIs that others define.
 */
const PROPERTIES: Readonly<Record<string, readonly [subject: string, object?: string]>> = {
  endpoint: ['Service'],
  feature: ['Service'],
  defaultEntailmentRegime: ['Service'],
  defaultSupportedEntailmentProfile: ['Service'],
  extensionFunction: ['Service'],
  extensionAggregate: ['Service'],
  languageExtension: ['Service'],
  supportedLanguage: ['Service'],
  propertyFeature: ['Service'],
  defaultDataset: ['Service', 'Dataset'],
  availableGraphs: ['Service', 'GraphCollection'],
  resultFormat: ['Service'],
  inputFormat: ['Service'],
  defaultGraph: ['Dataset', 'Graph'],
  namedGraph: ['Dataset', 'NamedGraph'],
  name: ['NamedGraph'],
  graph: ['NamedGraph', 'Graph'],
}

/** Instances of sd:Feature and sd:Language (sections 3.2.5 and 3.2.6). */
const INSTANCES: Readonly<Record<string, readonly string[]>> = {
  feature: ['DereferencesURIs', 'UnionDefaultGraph', 'RequiresDataset', 'EmptyGraphs', 'BasicFederatedQuery'],
  supportedLanguage: ['SPARQL10Query', 'SPARQL11Query', 'SPARQL11Update'],
}

/** What of a description is not as the vocabulary has it. */
function faultsOf(description: Store): readonly string[] {
  return description.getQuads(null, null, null, null).flatMap(({ subject, predicate, object }) => {
    if (!predicate.value.startsWith(SD)) return []
    const name = predicate.value.slice(SD.length)
    const classes = PROPERTIES[name]
    if (classes === undefined) return [`there is no property sd:${name}`]
    const [domain, range] = classes
    const isA = (node: typeof object | typeof subject, type: string) =>
      description.countQuads(node, RDF_TYPE, SD + type, null) > 0
    return [
      ...(isA(subject, domain) ? [] : [`the subject of sd:${name} is no sd:${domain}`]),
      ...(range === undefined || isA(object, range) ? [] : [`the object of sd:${name} is no sd:${range}`]),
      ...(range === undefined && object.termType !== 'NamedNode' ? [`the object of sd:${name} is no IRI`] : []),
      ...(INSTANCES[name]?.includes(object.value.slice(SD.length)) === false ? [`${object.value} is not defined`] : []),
    ]
  })
}

async function withDescription(check: (description: Store, url: string, response: Response) => void): Promise<void> {
  await using polystore = await openWhole('http://www.example/', [])
  const server = createServer(polystore)
  const url = `${await server.listen(0)}/sparql`
  try {
    const response = await fetch(url, { headers: { Accept: 'text/turtle' } })
    check(new Store(new Parser({ baseIRI: url }).parse(await response.text())), url, response)
  } finally {
    await server.close(0)
  }
}

/** The manifest's tests, each by its local name. */
const CHECKS: Readonly<Record<string, (description: Store, url: string, response: Response) => void>> = {
  'returns-rdf': (description, _url, response) => {
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^text\/turtle/)
    expect(description.size).toBeGreaterThan(0)
  },
  'has-endpoint-triple': (description, url) => {
    expect(description.getQuads(null, `${SD}endpoint`, url, null)).toHaveLength(1)
  },
  'conforms-to-schema': (description) => {
    expect(faultsOf(description)).toEqual([])
    expect(description.countQuads(null, RDF_TYPE, `${SD}Service`, null)).toBe(1)
    // Named graphs are not in the default graph.
    expect(description.countQuads(null, `${SD}feature`, `${SD}UnionDefaultGraph`, null)).toBe(0)
  },
}

describe.skipIf(!suitesPresent())('W3C service description tests', () => {
  it('SPARQL 1.1 Service Description', async ({ task }) => {
    const manifest = join(SUITES, 'sparql11/service-description/manifest.ttl')
    const store = new Store(new Parser({ baseIRI: pathToFileURL(manifest).href }).parse(readFileSync(manifest, 'utf8')))
    const tests = store.getSubjects(RDF_TYPE, `${MF}ServiceDescriptionTest`, null).map(({ value }) => value)
    expect(tests).toHaveLength(3)
    for (const test of tests) {
      const check = CHECKS[test.replace(/^.*#/, '')]!
      const outcome = { suite: 'service-description', test: publishedIri(test), group: 'service-description' } as const
      try {
        await withDescription(check)
      } catch (error) {
        reportOutcomes(task, [{ ...outcome, passed: false }])
        throw error
      }
      reportOutcomes(task, [{ ...outcome, passed: true }])
    }
  })

  it('finds what the vocabulary has not', () => {
    const parse = (text: string) => new Store(new Parser().parse(`PREFIX sd: <${SD}> ${text}`))
    expect(faultsOf(parse('[] a sd:Service ; sd:url <x> .'))).toEqual(['there is no property sd:url'])
    expect(faultsOf(parse('[] sd:endpoint "x" .'))).toHaveLength(2)
    expect(faultsOf(parse('[] a sd:Service ; sd:defaultDataset [] ; sd:feature sd:Fast .'))).toHaveLength(2)
  })
})
