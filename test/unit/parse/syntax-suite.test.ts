import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Parser, Store } from 'n3'
import { describe, expect, it } from 'vitest'
import { PolyprovError } from '../../../planner/errors.ts'
import { parse } from '../../../planner/parse.ts'

const { POLYPROV_REFERENCE, CI } = process.env
const root = resolve(POLYPROV_REFERENCE ?? join(import.meta.dirname, '../../../../shared/reference'))
const suites = join(root, 'w3c-sparql')
const present = existsSync(suites)
if (!present) {
  if (CI === 'true') throw new Error(`The SPARQL test suites are not in ${suites}`)
  console.log(`skipped: the SPARQL test suites are not in ${suites}`)
}

const MF = 'http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#'
const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#'

interface SyntaxTest {
  readonly name: string
  readonly positive: boolean
  readonly file: string
}

function readManifest(path: string): Store {
  return new Store(new Parser({ baseIRI: pathToFileURL(path).href }).parse(readFileSync(path, 'utf8')))
}

/** The syntax tests of a manifest, and of those it includes. */
function syntaxTests(path: string): readonly SyntaxTest[] {
  const store = readManifest(path)
  const lists = store.extractLists()
  const included = store
    .getObjects(null, `${MF}include`, null)
    .flatMap((list) => lists[list.value] ?? [])
    .flatMap((manifest) => syntaxTests(fileURLToPath(manifest.value)))
  const own = store.getQuads(null, `${RDF}type`, null, null).flatMap(({ subject, object }): SyntaxTest[] => {
    const type = object.value.slice(MF.length)
    if (!/^(Positive|Negative)SyntaxTest(11)?$/.test(type)) return []
    const action = store.getObjects(subject, `${MF}action`, null)[0]!
    return [
      {
        name: `${dirname(path).split('/').pop()} ${subject.value.split('#').pop()}`,
        positive: type.startsWith('Positive'),
        file: fileURLToPath(action.value),
      },
    ]
  })
  return [...included, ...own]
}

function failureOf(test: SyntaxTest): string | undefined {
  try {
    parse(readFileSync(test.file, 'utf8'), { base: pathToFileURL(test.file).href })
    return test.positive ? undefined : 'parsed, though it must not'
  } catch (error) {
    if (!(error instanceof PolyprovError)) return `not a PolyprovError: ${error}`
    if (test.positive) return error.message
    const { line, column } = error.details
    return line !== undefined && column !== undefined ? undefined : `no position: ${error.message}`
  }
}

describe.skipIf(!present)('W3C syntax tests', () => {
  it.each([
    ['SPARQL 1.1', ['sparql11/manifest-sparql11-query.ttl', 'sparql11/syntax-fed/manifest.ttl'], 103],
    ['SPARQL 1.0', ['sparql10/manifest-syntax.ttl'], 199],
  ] as const)('%s', (name, manifests, least) => {
    const tests = manifests.flatMap((manifest) => syntaxTests(join(suites, manifest)))
    const failures = tests.flatMap((test) => {
      const failure = failureOf(test)
      return failure === undefined ? [] : [`${test.name}: ${failure}`]
    })
    console.log(`${name}: ${tests.length - failures.length} of ${tests.length} syntax tests`)
    expect(tests.length).toBeGreaterThanOrEqual(least)
    expect(failures).toEqual([])
  })
})
