import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { RULES } from '../../planner/rules/index.ts'
import { answerOf, multiset } from './compare.ts'
import { polystoreOf } from './stores.ts'

/*
 * Queries that once had wrong answers. The head of a `.rq` says what was wrong, holds the data in lines `#data` (N-Quads
 * with `:` for `<http://x/`), its columns in `#columns`, and each row that is right in a line `#row`, `-` for unbound.
 */

const FOLDER = join(import.meta.dirname, 'regressions')

const linesOf = (text: string, name: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^#${name} (.*)$`, 'gm'))].map((match) => match[1]!)

const expanded = (line: string): string =>
  line
    .replace(/(^|\s):(\w+)/g, '$1<http://x/$2>')
    .replace(/\s(\d+)(?=\s)/g, ' "$1"^^<http://www.w3.org/2001/XMLSchema#integer>')

const cell = (text: string): string => {
  if (text === '-') return ''
  return /^\d+$/.test(text) ? `${text}#integer` : `<http://x/${text.slice(1)}`
}

const WITHOUT = [['all'], [], ...RULES.filter(({ optional }) => optional).map(({ name }) => [name])]

describe('queries that once had wrong answers', () => {
  it.each(readdirSync(FOLDER).filter((name) => name.endsWith('.rq')))('%s', async (name) => {
    const text = readFileSync(join(FOLDER, name), 'utf8')
    const data = linesOf(text, 'data').map(expanded)
    const columns = linesOf(text, 'columns')[0]!.split(' ')
    const expected = multiset(linesOf(text, 'row').map((row) => row.split(' ').map(cell)))
    const half = data.length >> 1
    for (const parts of [
      [['columnar', data]],
      [['memory', data]],
      [
        ['careless', data.slice(0, half)],
        ['columnar', data.slice(half)],
      ],
      [
        ['memory', data.slice(0, half)],
        ['columnar', data.slice(half)],
      ],
    ] as const) {
      await using store = await polystoreOf(parts)
      for (const without of WITHOUT) {
        const rows = await answerOf(store.polystore, `PREFIX : <http://x/> ${text}`, columns, { without })
        expect({ parts: parts.map(([kind]) => kind), without, rows: multiset(rows) }).toEqual({
          parts: parts.map(([kind]) => kind),
          without,
          rows: expected,
        })
      }
    }
  })
})
