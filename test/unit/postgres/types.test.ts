import { afterAll, describe, expect, it } from 'vitest'
import {
  columnType,
  converted,
  lexicalForm,
  parameter,
  reading,
  unconverted,
} from '../../../connectors/postgres/types.ts'
import { XSD } from '../../../planner/namespaces.ts'
import { memoryDatabase } from './harness.ts'

const database = await memoryDatabase()
await database.exec("SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'")
afterAll(() => database.close())

/** SQL type, a value as SQL writes it, its lexical form; `undefined`: no term. */
const VALUES: readonly (readonly [string, string, string | undefined])[] = [
  ['text', "''", ''],
  ['text', "E'a\\tb\\n\\'\\\\ é 😀'", "a\tb\n'\\ é 😀"],
  ['varchar(3)', "'ab '", 'ab '],
  ['char(3)', "'a'", 'a  '],
  ['char(3)', "'abc'", 'abc'],
  ['int2', '-32768', '-32768'],
  ['int4', '2147483647', '2147483647'],
  ['int8', '-9223372036854775808', '-9223372036854775808'],
  ['int8', '9007199254740993', '9007199254740993'],
  ['numeric', '1.50', '1.5'],
  ['numeric', '100', '100'],
  ['numeric', '100.00', '100'],
  ['numeric', '-0.00', '0'],
  ['numeric', '0.10', '0.1'],
  ['numeric', '123456789012345678901234567890.000000000001', '123456789012345678901234567890.000000000001'],
  ['numeric', "'NaN'", undefined],
  ['numeric', "'Infinity'", undefined],
  ['float8', '0.1', '1.0E-1'],
  ['float8', "'-0'", '-0.0E0'],
  ['float8', '1e22', '1.0E22'],
  ['float8', '5e-324', '5.0E-324'],
  ['float8', "'NaN'", 'NaN'],
  ['float8', "'-Infinity'", '-INF'],
  ['float4', '0.1', '1.0E-1'],
  ['float4', '16777216', '1.6777216E7'],
  ['bool', 'true', 'true'],
  ['bool', 'false', 'false'],
  ['date', "'2020-02-29'", '2020-02-29'],
  ['date', "'0044-03-15 BC'", '-0043-03-15'],
  ['date', "'0001-01-01 BC'", '0000-01-01'],
  ['date', "'12345-01-01'", '12345-01-01'],
  ['date', "'infinity'", undefined],
  ['timestamp', "'2020-01-01 12:00:00.500'", '2020-01-01T12:00:00.5'],
  ['timestamp', "'0044-03-15 01:02:03 BC'", '-0043-03-15T01:02:03'],
  ['timestamp', "'-infinity'", undefined],
  ['timestamptz', "'2020-01-01 12:00:00.000001+05:30'", '2020-01-01T06:30:00.000001Z'],
  ['timestamptz', "'0044-03-15 01:02:03+00 BC'", '-0043-03-15T01:02:03Z'],
  ['timestamptz', "'infinity'", undefined],
  ['time', "'23:59:59.9'", '23:59:59.9'],
  ['bytea', "'\\x00ff1a'", '00FF1A'],
  ['bytea', "''", ''],
  ['uuid', "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  ['inet', "'10.0.0.1/8'", '10.0.0.1/8'],
]

async function typeOf(sql: string) {
  const { rows } = await database.query<[string, string, string, number]>(
    `SELECT n.nspname, t.typname, t.typcategory::text, a.atttypmod FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
      JOIN pg_namespace n ON n.oid = t.typnamespace WHERE attrelid = 'probe'::regclass AND attnum = 1`,
    [],
    { rowMode: 'array' },
  )
  const [schema, name, category, modifier] = rows[0]!
  expect(sql).toBeTruthy()
  return columnType(schema, name, category, modifier)
}

describe('types of columns', () => {
  it.each(VALUES)('%s %s is %s, forward and backward', async (sql, value, lexical) => {
    await database.exec(
      `DROP TABLE IF EXISTS probe; CREATE TABLE probe (c ${sql}); INSERT INTO probe VALUES (${value})`,
    )
    const type = await typeOf(sql)
    const { rows } = await database.query<[string]>(`SELECT ${reading(type, 'c')} FROM probe`, [], { rowMode: 'array' })
    expect(lexicalForm(type, rows[0]![0])).toBe(lexical)
    if (lexical === undefined) return
    const sent = parameter(type, lexical)
    expect(sent).toBeDefined()
    const cast = type.kind === 'other' ? 'c::text = $1::text' : `c = $1::text::${type.sql}`
    const { rows: found } = await database.query<[string]>(
      `SELECT ${reading(type, 'c')} FROM probe WHERE ${cast}`,
      [sent],
      {
        rowMode: 'array',
      },
    )
    expect(found.map(([text]) => lexicalForm(type, text))).toEqual([lexical])
  })

  const pg = (name: string, modifier = -1) => columnType('pg_catalog', name, 'X', modifier)
  it.each([
    ['int2', '32768'],
    ['int4', '-2147483649'],
    ['int8', '9223372036854775808'],
    ['int4', '01'],
    ['int4', '+1'],
    ['int4', '1.0'],
    ['int4', '-0'],
    ['int4', '1; DROP TABLE probe'],
    ['numeric', '1.50'],
    ['numeric', '.5'],
    ['numeric', '1e3'],
    ['numeric', 'NaN'],
    ['float8', '0.1'],
    ['float8', '1.0E400'],
    ['float4', '1.0E300'],
    ['float4', '1.0E-300'],
    ['bool', '1'],
    ['bool', 'TRUE'],
    ['date', '2021-02-29'],
    ['date', '2020-01-01Z'],
    ['date', '2020-13-01'],
    ['date', '-4714-01-01'],
    ['date', '99999999-01-01'],
    ['date', '-0000-01-01'],
    ['timestamp', '2020-01-01T12:00:00Z'],
    ['timestamp', '2020-01-01T12:00:00.50'],
    ['timestamp', '2020-01-01T24:00:00'],
    ['timestamp', '2020-01-01T12:00:00.1234567'],
    ['timestamptz', '2020-01-01T12:00:00'],
    ['timestamptz', '2020-01-01T12:00:00+01:00'],
    ['time', '25:00:00'],
    ['bytea', '0g'],
    ['bytea', 'ff'],
    ['bytea', 'F'],
    ['uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'],
    ['text', 'a\0b'],
  ])('%s has no value of the lexical form %j', (name, lexical) => {
    expect(parameter(pg(name), lexical)).toBeUndefined()
  })

  it('char(n) holds texts of its own length only', () => {
    expect(parameter(pg('bpchar', 7), 'a')).toBeUndefined()
    expect(parameter(pg('bpchar', 7), 'a  ')).toBe('a  ')
    expect(parameter(pg('bpchar', 7), '😀  ')).toBe('😀  ')
  })

  it('numbers under another datatype are canonical, and read back where that is possible', () => {
    expect(converted(pg('int4'), '1', `${XSD}boolean`)).toBe('true')
    expect(unconverted(pg('int4'), 'true', `${XSD}boolean`)).toEqual(['1'])
    expect(unconverted(pg('int4'), '1', `${XSD}boolean`)).toEqual([])
    expect(converted(pg('int4'), '7', `${XSD}boolean`)).toBe('7')
    expect(converted(pg('int4'), '7', `${XSD}double`)).toBe('7.0E0')
    expect(converted(pg('numeric'), '0.1', `${XSD}float`)).toBe('1.0E-1')
    expect(unconverted(pg('numeric'), '1.0E-1', `${XSD}double`)).toBeUndefined()
    expect(converted(pg('text'), '7', `${XSD}double`)).toBe('7')
  })
})
