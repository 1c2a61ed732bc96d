import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blank, iri, literal, type Term } from '../../../planner/term.ts'
import { readBindings } from '../../../src/client/read-bindings.ts'
import type { Row } from '../../../src/results/execution.ts'
import { bindingsToJson } from '../../../src/results/json.ts'

async function* pieces(text: string, size: number): AsyncGenerator<string> {
  for (let start = 0; start < text.length; start += size) yield text.slice(start, start + size)
}

async function read(text: string, size = 7) {
  const result = await readBindings(pieces(text, size))
  if (result.kind === 'boolean') return { value: result.value, warnings: result.warnings() }
  const rows: Row[] = []
  for await (const block of result.blocks) rows.push(...block)
  return { variables: result.variables, rows, warnings: result.warnings() }
}

async function written(variables: readonly string[], rows: readonly Row[], warnings: readonly string[] = []) {
  async function* blocks() {
    yield rows
  }
  const stats = () => ({ stores: {}, rows: 0, milliseconds: { planning: 0, total: 0 }, tail: false })
  const execution = { id: '', kind: 'bindings', variables, blocks: blocks(), warnings: () => warnings, stats } as const
  let text = ''
  for await (const chunk of bindingsToJson(execution)) text += chunk
  return text
}

const term: fc.Arbitrary<Term | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.webUrl().map(iri),
  fc.stringMatching(/^[a-z]\w{0,5}$/).map(blank),
  fc.string({ unit: 'grapheme' }).map((value) => literal(value)),
  fc
    .string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', '\n', 'u') })
    .map((value) => literal(value, 'en')),
  fc.integer().map((value) => literal(String(value), iri('http://www.w3.org/2001/XMLSchema#integer'))),
)

const ONE = '{"head":{"vars":["a"]},"results":{"bindings":[\n{"a":{"type":"literal","value":"x"}}\n]}}\n'

describe('a result read as it comes', () => {
  test('is the result that was written, wherever it was cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(term, term, term), { maxLength: 8 }),
        fc.array(fc.string(), { maxLength: 2 }),
        fc.integer({ min: 1, max: 60 }),
        async (rows, warnings, size) => {
          const variables = ['a', 'b', 'c']
          const result = await read(await written(variables, rows, warnings), size)
          expect(result).toEqual({ variables, rows, warnings })
        },
      ),
      { numRuns: 200 },
    )
  })

  test('answers of ASK', async () => {
    expect(await read('{"head":{},"boolean":true,"warnings":["{[\\"lost"]}')).toEqual({
      value: true,
      warnings: ['{["lost'],
    })
  })

  test('members that it does not know are passed over', async () => {
    const text =
      '{"head":{"vars":["a"],"link":["x"]},"more":{"x":{"y":{"z":[{}]}}},"results":{"distinct":false,"bindings":[]}}'
    expect(await read(text)).toEqual({ variables: ['a'], rows: [], warnings: [] })
  })

  test('whatever is missing at the end is an error', async () => {
    const whole = ONE.trimEnd()
    for (let length = 0; length < whole.length; length++) {
      await expect(read(whole.slice(0, length)), whole.slice(0, length)).rejects.toMatchObject({ code: 'store-failed' })
    }
    expect((await read(whole)).rows).toHaveLength(1)
  })

  test.each([
    ['no JSON', '<html>', 'not JSON'],
    ['JSON of another kind', '{"columns":["a"],"rows":[{"a":1}]}', 'no variables'],
    ['rows before their variables', '{"results":{"bindings":[{}]},"head":{"vars":[]}}', 'no variables'],
    ['a term of no kind', ONE.replace('literal', 'number'), 'number'],
    ['a row that is not JSON', ONE.replace('"x"', 'x'), 'row'],
  ])('%s is an error', async (_, text, reason) => {
    await expect(read(text)).rejects.toThrow(reason)
  })

  test('rows come before the document has ended', async () => {
    async function* endless() {
      yield ONE.slice(0, ONE.lastIndexOf(']'))
      await new Promise(() => undefined)
    }
    const result = await readBindings(endless())
    if (result.kind === 'boolean') throw new Error('rows were expected')
    const { value } = await result.blocks.next()
    expect(value).toEqual([[literal('x')]])
  })
})
