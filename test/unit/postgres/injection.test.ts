import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import type { Database } from '../../../connectors/postgres/database.ts'
import { call, filter, termExpression, variableExpression } from '../../../planner/constructors.ts'
import { XSD } from '../../../planner/namespaces.ts'
import { iri, literal, type Term, termKey } from '../../../planner/term.ts'
import { encodeValue } from '../../../planner/views/encoding.ts'
import { answer, keys, pattern } from '../documents/harness.ts'
import { load, memoryDatabase, store } from './harness.ts'

const NASTY = [
  `'`,
  `"`,
  `''; DROP TABLE note; --`,
  `$1`,
  `$$`,
  `/* */`,
  `--`,
  `\\`,
  `{a,b}`,
  `NULL`,
  `%`,
  `E'\\''`,
  `1::int`,
  ` `,
  `é😀`,
  `a,b`,
  `{"a"}`,
  `\n\t`,
]
const database = await memoryDatabase()
const rows = NASTY.map((text, id) => ({ id, text }))
await load(
  database,
  `CREATE TABLE note (id int PRIMARY KEY, text text NOT NULL, "o""dd $1 -- name" text, day date, amount numeric);
   INSERT INTO note SELECT (e->>'id')::int, e->>'text', e->>'text' FROM json_array_elements($json$${JSON.stringify(rows)}$json$) AS e`,
)
afterAll(() => database.close())

const failures: unknown[] = []
const watched = (inner: Database): Database => ({
  ...inner,
  async *stream(statement, signal) {
    try {
      yield* inner.stream(statement, signal)
    } catch (error) {
      failures.push(error)
      throw error
    }
  },
})
const { connector } = await store(
  database,
  `mappings:
  note:
    s: http://x/note/$(text)
    po:
      - [http://x/text~iri, $(text)]
      - [http://x/odd~iri, '$(o"dd $1 -- name)']
      - [http://x/id~iri, $(id)]
      - [http://x/day~iri, $(day)]
      - [http://x/amount~iri, $(amount)]
`,
  {},
  watched,
)

const text = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.array(fc.constantFrom(...NASTY, '\0', 'x'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
)
const datatype = fc.constantFrom('string', 'integer', 'decimal', 'date', 'double', 'boolean', 'dateTime')
const x = (name: string) => iri(`http://x/${name}`)
const term = fc
  .tuple(text, datatype)
  .map(([value, type]): Term => (type === 'string' ? literal(value) : literal(value, iri(XSD + type))))

const sorted = (terms: readonly (Term | undefined)[]) => terms.map((each) => termKey(each!)).sort()
const holders = (value: Term): readonly string[] =>
  value.termType === 'Literal' && value.datatype.value === `${XSD}string`
    ? rows.filter((row) => row.text === value.value).map((row) => termKey(x(`note/${encodeValue(row.text, 'iri')}`)))
    : []

it('no text of a query is ever read as SQL', async () => {
  await fc.assert(
    fc.asyncProperty(term, fc.array(term, { maxLength: 4 }), text, async (value, others, subject) => {
      for (const predicate of ['text', 'odd']) {
        const found = await answer(connector, pattern('s', x(predicate), value))
        expect(sorted(found.map(({ s }) => s))).toEqual([...holders(value)].sort())
        const all = pattern('s', x(predicate), 'o')
        const compared = filter(all, call('=', variableExpression('o'), termExpression(value)))
        expect((await answer(connector, compared)).length).toBe(holders(value).length)
        const listed = filter(all, call('IN', variableExpression('o'), ...[value, ...others].map(termExpression)))
        const wanted = new Set([value, ...others].flatMap(holders))
        expect(new Set(sorted((await answer(connector, listed)).map(({ s }) => s)))).toEqual(wanted)
        const keyed = await answer(connector, all, keys('o', [value, ...others]))
        expect(new Set(sorted(keyed.map(({ s }) => s)))).toEqual(wanted)
      }
      for (const predicate of ['id', 'day', 'amount']) {
        const found = await answer(connector, pattern('s', x(predicate), value))
        const isHeld = value.termType === 'Literal' && value.datatype.value === `${XSD}integer` && predicate === 'id'
        expect(found.length).toBe(isHeld && rows.some(({ id }) => `${id}` === value.value) ? 1 : 0)
        await answer(
          connector,
          filter(pattern('s', x(predicate), 'o'), call('<', variableExpression('o'), termExpression(value))),
        )
      }
      const about = await answer(connector, pattern(x(`note/${encodeURIComponent(subject)}`), x('id'), 'o'))
      const id = rows.find((row) => row.text === subject && encodeValue(subject, 'iri') === encodeURIComponent(subject))
      if (id !== undefined) expect(about.map(({ o }) => o!.value)).toEqual([`${id.id}`])
      else expect(about).toEqual([])
    }),
    { numRuns: 150 },
  )
  expect(failures).toEqual([])
})
