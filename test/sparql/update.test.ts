import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { iri, type Quad, type Term } from '../../planner/term.ts'
import { isomorphic, type Tuple } from './isomorphism.ts'
import { reportOutcomes } from './outcomes.ts'
import { baseOf } from './polystores.ts'
import { readRdf } from './rdf-files.ts'
import { SUITES, suitesPresent } from './reference.ts'
import { openUpdatable, quadsIn } from './updatable.ts'
import { type GraphStoreState, readUpdateManifest, type UpdateTest } from './update-manifest.ts'

const present = suitesPresent()

const quadsOf = ({ data, graphs }: GraphStoreState): readonly Quad[] => [
  ...data.flatMap((file) => readRdf(file)),
  ...graphs.flatMap(({ name, file }) => readRdf(file, iri(name))),
]

/** Quads as tuples; the default graph is no term of its own. */
const tuples = (quads: readonly Quad[]): readonly Tuple[] =>
  quads.map(({ subject, predicate, object, graph }) => [
    subject,
    predicate,
    object,
    graph.termType === 'DefaultGraph' ? undefined : (graph as Term),
  ])

const show = (quads: readonly Quad[]): string =>
  quads
    .map((quad) => [quad.subject, quad.predicate, quad.object, quad.graph].map(({ value }) => value).join(' '))
    .join('\n')

async function failureOf({ id, request, before, after }: UpdateTest): Promise<string | undefined> {
  await using polystore = await openUpdatable(quadsOf(before), baseOf(request))
  try {
    await polystore.update(readFileSync(request, 'utf8'))
  } catch (error) {
    return `${id}: ${(error as Error).stack}`
  }
  const found = await quadsIn(polystore)
  const expected = quadsOf(after)
  if (isomorphic(tuples(found), tuples(expected))) return undefined
  return `${id}: found\n${show(found)}\nexpected\n${show(expected)}`
}

describe.skipIf(!present)('W3C update evaluation tests', () => {
  it('passes them', async ({ task }) => {
    const { tests } = readUpdateManifest(join(SUITES, 'sparql11/manifest-sparql11-update.ttl'))
    expect(tests).toHaveLength(94)
    const outcomes = []
    for (const test of tests) outcomes.push({ test, failure: await failureOf(test) })
    reportOutcomes(
      task,
      outcomes.map(({ test, failure }) => ({
        suite: 'update',
        test: test.iri,
        group: test.group,
        passed: failure === undefined,
      })),
    )
    expect(outcomes.flatMap(({ failure }) => failure ?? []).join('\n\n')).toBe('')
  })
})
