import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { iri } from '../../planner/term.ts'
import { createServer } from '../../src/server/create-server.ts'
import { type HttpAnswer, hasStatus, send } from './http-run.ts'
import { type HttpRequest, type HttpTest, readHttpTests } from './http-tests.ts'
import { reportOutcomes } from './outcomes.ts'
import { readRdf } from './rdf-files.ts'
import { SUITES, suitesPresent } from './reference.ts'
import { openUpdatable } from './updatable.ts'

const BASE = 'http://www.example/'

/** Media types that a result of a form may come in, of those that the manifest's comment names. */
const MEDIA_TYPES: Readonly<Record<string, RegExp>> = {
  boolean: /^application\/sparql-results\+(json|xml)\b/,
  tabular: /^(application\/sparql-results\+(json|xml)|text\/(csv|tab-separated-values))\b/,
  RDF: /^(text\/turtle|application\/(n-triples|rdf\+xml|ld\+json))\b/,
}

function failureOf({ expected }: HttpRequest, { status, headers, text }: HttpAnswer): string | undefined {
  if (!hasStatus(status, expected.statuses)) return `status ${status}, expected ${expected.statuses}: ${text}`
  const type = headers['content-type'] ?? ''
  if (expected.format !== undefined && !MEDIA_TYPES[expected.format]!.test(String(type))) {
    return `content type ${type}, expected one of ${expected.format}`
  }
  if (expected.boolean === undefined) return undefined
  const { boolean } = JSON.parse(text) as { boolean: unknown }
  return boolean === expected.boolean ? undefined : `answered ${boolean}`
}

/** Makes a test's requests in their order; why it failed, if it did. */
async function run(test: HttpTest): Promise<string | undefined> {
  const quads = Object.entries(test.graphs).flatMap(([graph, file]) => readRdf(file, iri(graph)))
  await using polystore = await openUpdatable(quads, BASE)
  const server = createServer(polystore)
  const url = await server.listen(0)
  try {
    for (const request of test.requests) {
      const failure = failureOf(request, await send(url + request.path.replace('/sparql/', '/sparql'), request))
      if (failure !== undefined) return `${test.id}: ${request.method} ${request.path}: ${failure}`
    }
    return undefined
  } finally {
    await server.close(0)
  }
}

describe.skipIf(!suitesPresent())('W3C protocol tests', () => {
  it('SPARQL 1.1 Protocol', async ({ task }) => {
    const tests = readHttpTests(join(SUITES, 'sparql11/protocol/manifest.ttl'))
    expect(tests).toHaveLength(34)
    const failures: string[] = []
    for (const test of tests) {
      const failure = await run(test)
      if (failure !== undefined) failures.push(failure)
      reportOutcomes(task, [{ suite: 'protocol', test: test.iri, group: test.group, passed: failure === undefined }])
    }
    expect(failures).toEqual([])
  })
})
