import { join } from 'node:path'
import { Parser } from 'n3'
import { describe, expect, it } from 'vitest'
import type { Quad } from '../../planner/term.ts'
import { serveUpdatable } from '../server/updatable.ts'
import { hasStatus, send } from './http-run.ts'
import { type HttpRequest, type HttpTest, readHttpTests } from './http-tests.ts'
import { isomorphic } from './isomorphism.ts'
import { reportOutcomes } from './outcomes.ts'
import { SUITES, suitesPresent } from './reference.ts'

const tuples = (text: string, base: string) =>
  (new Parser({ baseIRI: base }).parse(text) as unknown as readonly Quad[]).map((quad) => [
    quad.subject,
    quad.predicate,
    quad.object,
  ])

/** Makes the requests of a test one after the other; what went wrong. */
async function failureOf({ id, requests }: HttpTest): Promise<string | undefined> {
  await using serving = await serveUpdatable()
  const variables = new Map<string, string>()
  const filled = (text: string): string =>
    [...variables].reduce((result, [name, value]) => result.replaceAll(name, value), text)
  for (const [i, request] of requests.entries()) {
    const { expected } = request
    const path = filled(request.path).replace(/^\/gsp/, '/graphs')
    const answer = await send(serving.url + path, withBody(request, filled))
    const place = `${id}, request ${i + 1} (${request.method} ${path})`
    if (!hasStatus(answer.status, expected.statuses)) return `${place}: ${answer.status} ${answer.text}`
    if (expected.location !== undefined) variables.set(expected.location, String(answer.headers['location']))
    const type = expected.headers['content-type']
    if (type !== undefined && answer.headers['content-type'] !== type)
      return `${place}: ${answer.headers['content-type']}`
    if (expected.body === undefined) continue
    const base = serving.url + path
    if (!isomorphic(tuples(answer.text, base), tuples(expected.body.text, base))) return `${place}: ${answer.text}`
  }
  return undefined
}

const withBody = (request: HttpRequest, filled: (text: string) => string): HttpRequest =>
  request.body === undefined ? request : { ...request, body: { ...request.body, text: filled(request.body.text) } }

describe.skipIf(!suitesPresent())('W3C graph store protocol tests', () => {
  it('Graph Store HTTP Protocol', async ({ task }) => {
    const tests = readHttpTests(join(SUITES, 'sparql11/graph-store-protocol/manifest.ttl'))
    expect(tests).toHaveLength(13)
    const failures: string[] = []
    for (const test of tests) {
      const failure = await failureOf(test)
      if (failure !== undefined) failures.push(failure)
      reportOutcomes(task, [
        { suite: 'graph-store-protocol', test: test.iri, group: test.group, passed: failure === undefined },
      ])
    }
    expect(failures.join('\n\n')).toBe('')
  })
})
