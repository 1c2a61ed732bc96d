import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from '../../../planner/parse.ts'
import { evaluate, fixedContext } from './naive.ts'
import { comparableRows, readManifest, readQuads, readResult, type SuiteCase, suiteFolder } from './suite.ts'

/** Folders of the suites that are about expressions. */
const FOLDERS = [
  'sparql11/functions',
  'sparql11/cast',
  'sparql11/aggregates',
  'sparql11/bind',
  'sparql11/project-expression',
  'sparql10/boolean-effective-value',
  'sparql10/bound',
  'sparql10/cast',
  'sparql10/expr-builtin',
  'sparql10/expr-equals',
  'sparql10/expr-ops',
  'sparql10/i18n',
  'sparql10/open-world',
  'sparql10/regex',
  'sparql10/sort',
  'sparql10/type-promotion',
]

function run(testCase: SuiteCase): void {
  const base = pathToFileURL(testCase.query).href
  const query = parse(readFileSync(testCase.query, 'utf8'), { base })
  const rows = evaluate(query.plan, testCase.data.flatMap(readQuads), fixedContext(query.base ?? base))
  const expected = readResult(testCase.result)
  if (typeof expected === 'boolean') {
    expect(rows.length > 0).toBe(expected)
    return
  }
  const names = query.form.kind === 'select' ? query.form.variables : []
  const projected = rows.map((row) => new Map([...row].filter(([name]) => names.includes(name))))
  const [actual, wanted] = [comparableRows(projected), comparableRows(expected)]
  if (testCase.query.includes('/sort/')) expect(actual).toEqual(wanted)
  else expect(actual.sort()).toEqual(wanted.sort())
}

if (suiteFolder === undefined) {
  test.skipIf(process.env['CI'] !== 'true')('the W3C suites are there', () => {
    throw new Error('The reference data is absent: set POLYPROV_REFERENCE')
  })
  console.log('The W3C suites are absent: their expressions are not tested')
}

for (const folder of suiteFolder === undefined ? [] : FOLDERS) {
  describe(folder, () => {
    for (const testCase of readManifest(join(suiteFolder ?? '', folder))) test(testCase.name, () => run(testCase))
  })
}
