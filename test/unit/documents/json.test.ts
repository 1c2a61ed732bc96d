import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorPosition, parseJson } from '../../../connectors/documents/json.ts'

describe('a JSON text', () => {
  it('keeps the digits of its integers, and nothing but those', () => {
    const text = `{"id": 9007199254740993, "low":-9223372036854775808,"safe": 9007199254740991, "n": [12345678901234567890,1],
      "x": 1.2345678901234567890, "y": 12345678901234567e2, "z": 1e-12345678901234567, "w": 12345678901234567890.5,
      "text": ": 12345678901234567890", "quote": "\\\\\\": 12345678901234567890", "__proto__": 9007199254740993}`
    const value = parseJson(text) as Record<string, unknown>
    expect(value['id']).toBe(9007199254740993n)
    expect(value['low']).toBe(-9223372036854775808n)
    expect(value['safe']).toBe(9007199254740991)
    expect(value['n']).toEqual([12345678901234567890n, 1])
    expect([value['x'], value['y'], value['z']]).toEqual([1.2345678901234567, Number('12345678901234567e2'), 0])
    expect(value['w']).toBe(12345678901234567000)
    expect(value['text']).toBe(': 12345678901234567890')
    expect(value['quote']).toBe('\\": 12345678901234567890')
    expect(Object.getOwnPropertyDescriptor(value, '__proto__')?.value).toBe(9007199254740993n)
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  it('takes no text for an integer that is none', () => {
    const text = '["\\u000012345678901234567890", "\\u0000\\u000012345678901234567890", 12345678901234567890]'
    expect(parseJson(text)).toEqual([
      '\u000012345678901234567890',
      '\0\u000012345678901234567890',
      12345678901234567890n,
    ])
  })

  it.each(['{12345678901234567890: 1}', '[0012345678901234567]', '[12345678901234567890 1]', '[--12345678901234567]'])(
    'is refused as JSON.parse refuses it: %s',
    (text) => {
      expect(() => parseJson(text)).toThrowError(SyntaxError)
    },
  )

  it('may be nested deeply, and hold long strings', () => {
    const depth = 200_000
    const deep = `${'['.repeat(depth)} 12345678901234567890${']'.repeat(depth)}`
    let value = parseJson(deep)
    for (let level = 0; level < depth; level++) value = (value as readonly unknown[])[0]
    expect(value).toBe(12345678901234567890n)
    const long = `["${'\\n'.repeat(12_000_000)}", x]`
    expect(errorPosition(long)).toBe(long.length - 2)
  })

  it('is what JSON.parse makes of it where no integer is long', () => {
    fc.assert(
      fc.property(
        fc.json().filter((text) => !/\d{16}/.test(text)),
        (text) => {
          expect(parseJson(text)).toEqual(JSON.parse(text))
          expect(errorPosition(text)).toBe(text.length)
        },
      ),
    )
  })

  it('keeps integers of any length wherever they stand', () => {
    const integers = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n })
    const around = fc.tuple(fc.string(), fc.constantFrom('', ' ', '\n\t'), fc.double({ noNaN: true, min: -1, max: 1 }))
    fc.assert(
      fc.property(fc.array(fc.tuple(around, integers)), (items) => {
        const text = items.map(
          ([[name, space, number], integer]) =>
            `{${JSON.stringify(name)}:${space}${integer}${space}, "n":${JSON.stringify([number, name])}}`,
        )
        const expected = items.map(([[name, , number], integer]) => {
          const isSafe = Number.isSafeInteger(Number(integer))
          return JSON.parse(
            `{${JSON.stringify(name)}: ["i", ${JSON.stringify(isSafe ? Number(integer) : `${integer}`)}], "n": ${JSON.stringify([number, name])}}`,
          ) as unknown
        })
        const shown = (parseJson(`[${text.join()}]`) as readonly object[]).map((each) =>
          Object.fromEntries(
            Object.entries(each).map(([name, value]) => [
              name,
              typeof value === 'object' ? value : ['i', typeof value === 'bigint' ? `${value}` : value],
            ]),
          ),
        )
        expect(shown.map((each) => Object.entries(each))).toEqual(
          expected.map((each) => Object.entries(each as object)),
        )
      }),
    )
  })
})
