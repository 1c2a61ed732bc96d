import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { Parser } from 'n3'
import { describe, expect, test } from 'vitest'
import { XSD } from '../../../planner/namespaces.ts'
import { blank, iri, literal, type Term, termKey } from '../../../planner/term.ts'
import { readJsonResult } from '../../../src/results/read-json.ts'
import { serialise } from '../../../src/results/serialise.ts'
import { bindingsExecution, booleanExecution, textOf } from './executions.ts'

const { CI, POLYPROV_REFERENCE } = process.env

const typed = (value: string, name: string): Term => literal(value, iri(XSD + name))

const anyTerm = fc.oneof(
  fc.webUrl().map((url) => iri(url)),
  fc.string({ unit: 'binary' }).map((text) => literal(text)),
  fc.string({ unit: 'grapheme' }).map((text) => literal(text, 'en-GB')),
  fc.string().map((text) => literal(text, iri('http://example.org/type'))),
  fc.integer().map((value) => typed(String(value), 'integer')),
  fc.string({ minLength: 1 }).map((label) => blank(label)),
)

describe('SPARQL results JSON', () => {
  test('leaves unbound variables out and puts warnings last', async () => {
    const execution = bindingsExecution(
      ['a', 'b'],
      [[iri('http://x/1'), undefined], [], [literal('é"\n'), literal('hi', 'en')]],
      ['lost'],
    )
    const text = await textOf(serialise(execution, 'json'))
    expect(JSON.parse(text)).toEqual({
      head: { vars: ['a', 'b'] },
      results: {
        bindings: [
          { a: { type: 'uri', value: 'http://x/1' } },
          {},
          { a: { type: 'literal', value: 'é"\n' }, b: { type: 'literal', value: 'hi', 'xml:lang': 'en' } },
        ],
      },
      warnings: ['lost'],
    })
    expect(text.indexOf('"warnings"')).toBeGreaterThan(text.indexOf('"results"'))
  })

  test('has no warnings member without warnings, and is well formed without rows', async () => {
    const text = await textOf(serialise(bindingsExecution(['a'], []), 'json'))
    expect(JSON.parse(text)).toEqual({ head: { vars: ['a'] }, results: { bindings: [] } })
  })

  test('answers ASK', async () => {
    const text = await textOf(serialise(booleanExecution(true), 'json'))
    expect(JSON.parse(text)).toEqual({ head: {}, boolean: true })
  })

  test('reads back what it wrote', async () => {
    const rowArbitrary = fc.tuple(fc.option(anyTerm, { nil: undefined }), fc.option(anyTerm, { nil: undefined }))
    await fc.assert(
      fc.asyncProperty(fc.array(rowArbitrary, { maxLength: 7 }), async (rows) => {
        const read = readJsonResult(await textOf(serialise(bindingsExecution(['a', 'b'], rows), 'json')))
        if (read.kind !== 'bindings') throw new Error('not bindings')
        const key = (term: Term | undefined) => term && termKey(term)
        expect(read.rows.map((row) => row.map(key))).toEqual(rows.map((row) => row.map(key)))
      }),
    )
  })
})

describe('SPARQL results XML', () => {
  test('escapes markup and carriage returns', async () => {
    const row = [
      iri('http://x/?a=1&b=2'),
      literal('<&>"\r\n\t'),
      literal('x', 'en'),
      typed('1', 'integer'),
      blank('b0'),
    ]
    const text = await textOf(serialise(bindingsExecution(['a', 'b', 'c', 'd', 'e', 'f'], [row]), 'xml'))
    expect(text).toContain('<binding name="a"><uri>http://x/?a=1&amp;b=2</uri></binding>')
    expect(text).toContain('<binding name="b"><literal>&lt;&amp;&gt;&quot;&#xD;\n\t</literal></binding>')
    expect(text).toContain('<literal xml:lang="en">x</literal>')
    expect(text).toContain(`<literal datatype="${XSD}integer">1</literal>`)
    expect(text).toContain('<bnode>b0</bnode>')
    expect(text).toContain('<variable name="f"/>')
    expect(text).not.toContain('<binding name="f">')
  })

  test('replaces what XML cannot write, and says so', async () => {
    const warnings: string[] = []
    const execution = bindingsExecution(['a'], [[literal('a\u0000b\u000bc\uffffd\ud800e\u{1f600}')]])
    const text = await textOf(serialise(execution, 'xml', { warn: (message) => warnings.push(message) }))
    expect(text).toContain('<literal>a\ufffdb\ufffdc\ufffdd\ufffde\u{1f600}</literal>')
    expect(warnings).toHaveLength(1)
  })

  test('answers ASK', async () => {
    expect(await textOf(serialise(booleanExecution(false), 'xml'))).toContain('<boolean>false</boolean>')
  })
})

describe('SPARQL results CSV', () => {
  test('quotes by RFC 4180 and ends lines in CRLF', async () => {
    const rows = [
      [literal('a,b'), literal('say "hi"'), undefined],
      [literal('two\nlines'), typed('1', 'integer'), blank('b 0')],
    ]
    expect(await textOf(serialise(bindingsExecution(['x', 'y', 'z'], rows), 'csv'))).toBe(
      'x,y,z\r\n"a,b","say ""hi""",\r\n"two\nlines",1,_:xb_20_0\r\n',
    )
  })
})

describe('SPARQL results TSV', () => {
  test('writes terms in Turtle syntax', async () => {
    const rows = [
      [iri('http://x/a b'), literal('tab\there "and" \\ \r\n'), literal('hallo', 'de')],
      [typed('-5', 'integer'), typed('0.1', 'decimal'), typed('1.0e6', 'double')],
      [typed('x', 'integer'), typed('5', 'decimal'), typed('INF', 'double')],
      [undefined, undefined, typed('true', 'boolean')],
    ]
    expect((await textOf(serialise(bindingsExecution(['x', 'y', 'z'], rows), 'tsv'))).split('\n')).toEqual([
      '?x\t?y\t?z',
      '<http://x/a\\u0020b>\t"tab\\there \\"and\\" \\\\ \\r\\n"\t"hallo"@de',
      '-5\t0.1\t1.0e6',
      `"x"^^<${XSD}integer>\t"5"^^<${XSD}decimal>\t"INF"^^<${XSD}double>`,
      `\t\t"true"^^<${XSD}boolean>`,
      '',
    ])
  })

  test('every cell is the term in Turtle, without a tab or a line break of its own', async () => {
    await fc.assert(
      fc.asyncProperty(anyTerm, async (term) => {
        const text = await textOf(serialise(bindingsExecution(['x'], [[term]]), 'tsv'))
        const lines = text.split('\n')
        expect(lines).toHaveLength(3)
        expect(lines[1]).not.toContain('\t')
        const [quad] = new Parser({ blankNodePrefix: '' }).parse(`<http://s> <http://p> ${lines[1]} .`)
        if (term.termType === 'BlankNode') expect(quad!.object.termType).toBe('BlankNode')
        else expect(termKey(quad!.object as Term)).toBe(termKey(term))
      }),
    )
  })

  const reference = join(POLYPROV_REFERENCE ?? '../shared/reference', 'w3c-sparql/sparql11/csv-tsv-res')
  const present = existsSync(reference)
  if (!present) {
    if (CI === 'true') throw new Error(`no reference data at ${reference}`)
    console.log(`skipped: the W3C CSV and TSV results, for there is no ${reference}`)
  }
  test.skipIf(!present).each([
    ['data.ttl', 'csvtsv01'],
    ['data2.ttl', 'csvtsv03'],
  ])('W3C: %s as in %s', async (data, expected) => {
    const quads = new Parser({ baseIRI: 'http://example.org/' }).parse(readFileSync(join(reference, data), 'utf8'))
    const rows = quads.map((quad) => [quad.subject, quad.predicate, quad.object] as Term[])
    for (const format of ['csv', 'tsv'] as const) {
      const own = await textOf(serialise(bindingsExecution(['s', 'p', 'o'], rows), format))
      const theirs = readFileSync(join(reference, `${expected}.${format}`), 'utf8')
      const lines = (text: string) =>
        text
          .split(/\r?\n/)
          .map((line) => line.replace(/_:\w+/, '_:').replace('1.0E6', '1.0e6'))
          .filter((line) => line !== '')
          .sort()
      expect(lines(own)).toEqual(lines(theirs))
    }
  })
})

describe('rows as plain JSON', () => {
  const cells = (values: readonly Term[]) =>
    textOf(
      serialise(
        bindingsExecution(
          ['v'],
          values.map((value) => [value]),
          ['lost'],
        ),
        'rows',
      ),
    ).then(
      (text) => JSON.parse(text) as { columns: string[]; rows: { v: unknown }[]; warnings: string[]; stats: unknown },
    )

  test('numbers where a double keeps them, else strings', async () => {
    const pairs: readonly (readonly [Term, unknown])[] = [
      [typed('42', 'integer'), 42],
      [typed('-007', 'long'), -7],
      [typed('9007199254740991', 'integer'), 9007199254740991],
      [typed('9007199254740993', 'integer'), '9007199254740993'],
      [typed('one', 'integer'), 'one'],
      [typed('1.5E3', 'double'), 1500],
      [typed('0.1', 'float'), 0.1],
      [typed('NaN', 'double'), 'NaN'],
      [typed('INF', 'double'), 'INF'],
      [typed('1e999', 'double'), '1e999'],
      [typed('0.3', 'decimal'), 0.3],
      [typed('+01.50', 'decimal'), 1.5],
      [typed('-0.0', 'decimal'), 0],
      [typed('0.1234567890123456789', 'decimal'), '0.1234567890123456789'],
      [typed('9007199254740993.0', 'decimal'), '9007199254740993.0'],
      [typed('true', 'boolean'), 'true'],
      [literal('5'), '5'],
      [iri('http://x/'), 'http://x/'],
      [blank('b0'), '_:b0'],
    ]
    const answer = await cells(pairs.map(([term]) => term))
    expect(answer.rows.map((row) => row.v)).toEqual(pairs.map(([, value]) => value))
    expect(answer.columns).toEqual(['v'])
    expect(answer.warnings).toEqual(['lost'])
    expect(answer.stats).toMatchObject({ stores: { memory: { requests: 2, rows: 3, bytes: 4, milliseconds: 5 } } })
  })

  test('decimals that are numbers print back to the same value', async () => {
    const decimal = fc.tuple(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.nat(12)).map(([digits, scale]) => {
      const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0')
      const whole = text.slice(0, text.length - scale)
      return `${digits < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${text.slice(-scale)}`}`
    })
    await fc.assert(
      fc.asyncProperty(decimal, async (text) => {
        const value = (await cells([typed(text, 'decimal')])).rows[0]!.v
        if (typeof value === 'string') expect(value).toBe(text)
        else {
          const trimmed = text.includes('.') ? text.replace(/\.?0+$/, '') : text
          expect(String(value)).toBe(trimmed === '-0' ? '0' : trimmed)
        }
      }),
    )
  })

  test('NDJSON: one object a line, unbound left out', async () => {
    const text = await textOf(
      serialise(bindingsExecution(['a', 'b'], [[typed('1', 'integer')], [undefined, literal('x\n')]]), 'ndjson'),
    )
    expect(text).toBe('{"a":1}\n{"b":"x\\n"}\n')
  })
})

test('a format that cannot write the result is refused', () => {
  expect(() => serialise(bindingsExecution(['a'], []), 'turtle')).toThrow(/turtle cannot write rows/)
})

test('a million rows come in chunks, none of them large', async () => {
  const terms = Array.from({ length: 1_000 }, (_, index) => iri(`http://example.org/item/${index}`))
  const rows = Array.from({ length: 1_000_000 }, (_, index) => [terms[index % 1_000], terms[(index * 7) % 1_000]])
  let characters = 0
  let largest = 0
  for await (const chunk of serialise(bindingsExecution(['a', 'b'], rows, [], 4_096), 'json')) {
    characters += chunk.length
    largest = Math.max(largest, chunk.length)
  }
  expect(characters).toBeGreaterThan(100_000_000)
  expect(largest).toBeLessThan(70_000)
})
