import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { PolyprovError } from '../../planner/errors.ts'
import { parse } from '../../planner/parse.ts'
import { readManifest, type SyntaxTest } from './manifest.ts'
import { reportOutcomes } from './outcomes.ts'
import { SUITES, suitesPresent } from './reference.ts'

const present = suitesPresent()

/** Why a test failed; an error must say where in the text it is. */
function failureOf({ file, positive }: SyntaxTest): string | undefined {
  try {
    parse(readFileSync(file, 'utf8'), { base: pathToFileURL(file).href })
    return positive ? undefined : 'parsed, though it must not'
  } catch (error) {
    if (!(error instanceof PolyprovError)) return `not a PolyprovError: ${error}`
    if (positive) return error.message
    const { line, column } = error.details
    return line !== undefined && column !== undefined ? undefined : `no position: ${error.message}`
  }
}

describe.skipIf(!present)('W3C syntax tests', () => {
  it.for([
    ['query', 'sparql11/manifest-sparql11-query.ttl', 103],
    ['federation', 'sparql11/syntax-fed/manifest.ttl', 3],
    ['syntax10', 'sparql10/manifest-syntax.ttl', 199],
  ] as const)('%s', ([suite, manifest, count], { task }) => {
    const tests = readManifest(join(SUITES, manifest)).syntaxTests
    expect(tests).toHaveLength(count)
    const failures = new Map(
      tests.flatMap((test) => {
        const failure = failureOf(test)
        return failure === undefined ? [] : [[test, `${test.id}: ${failure}`] as const]
      }),
    )
    reportOutcomes(
      task,
      tests.map((test) => ({ suite, test: test.iri, group: test.group, passed: !failures.has(test) })),
    )
    expect([...failures.values()]).toEqual([])
  })
})
