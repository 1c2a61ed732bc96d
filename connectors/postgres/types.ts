import { WKT_LITERAL } from '../../planner/functions/geometry-literals.ts'
import { canonicalNumber, parseNumeric } from '../../planner/functions/numeric-values.ts'
import { XSD } from '../../planner/namespaces.ts'
import { canonicalDouble } from '../../planner/views/natural.ts'
import { dateParameter, dateText, timeParameter, timestampParameter, timestampText } from './dates.ts'

/** What a column's values are, as far as terms are concerned. */
export type Kind =
  | 'text'
  | 'char'
  | 'integer'
  | 'decimal'
  | 'double'
  | 'single'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'timestamptz'
  | 'time'
  | 'bytea'
  | 'uuid'
  | 'geometry'
  | 'geography'
  /** Values with fields: JSON, and arrays as such. */
  | 'structure'
  /** A text that a query computes, for a term of its own making. */
  | 'computed'
  /** Everything else, by its text. */
  | 'other'

export interface ColumnType {
  readonly kind: Kind
  /** The type's name as SQL writes it. */
  readonly sql: string
  /** Of `char(n)`: n. */
  readonly length?: number
  /** Of geometries: what the column is restricted to. */
  readonly srid?: number
  /** Schema of the extension that the type is of, quoted. */
  readonly schema?: string
  /** An array, which is read as JSON. */
  readonly isArray?: boolean
}

const KINDS: Readonly<Record<string, Kind>> = {
  text: 'text',
  varchar: 'text',
  name: 'text',
  bpchar: 'char',
  int2: 'integer',
  int4: 'integer',
  int8: 'integer',
  numeric: 'decimal',
  float8: 'double',
  float4: 'single',
  bool: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  time: 'time',
  bytea: 'bytea',
  uuid: 'uuid',
  json: 'structure',
  jsonb: 'structure',
  geometry: 'geometry',
  geography: 'geography',
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A type of the catalogue; `modifier` as in `pg_attribute.atttypmod`. */
export function columnType(schema: string, name: string, category: string, modifier: number): ColumnType {
  if (category === 'A') return { kind: 'structure', sql: 'jsonb', isArray: true }
  const spatial = name === 'geometry' || name === 'geography'
  const kind = schema === 'pg_catalog' || spatial ? (KINDS[name] ?? 'other') : 'other'
  const sql = spatial ? `${quoted(schema)}.${name}` : name
  if (kind === 'char' && modifier > 4) return { kind, sql, length: modifier - 4 }
  if (!spatial) return { kind, sql }
  // PostGIS keeps the SRID in bits 8 to 28 of the type modifier.
  const srid = modifier < 0 ? 0 : (modifier & 0x1f_ff_ff_00) >> 8
  return srid > 0 ? { kind, sql, srid, schema: quoted(schema) } : { kind, sql, schema: quoted(schema) }
}

const NATURAL: Readonly<Partial<Record<Kind, string>>> = {
  text: `${XSD}string`,
  char: `${XSD}string`,
  uuid: `${XSD}string`,
  other: `${XSD}string`,
  integer: `${XSD}integer`,
  decimal: `${XSD}decimal`,
  double: `${XSD}double`,
  single: `${XSD}double`,
  boolean: `${XSD}boolean`,
  date: `${XSD}date`,
  timestamp: `${XSD}dateTime`,
  timestamptz: `${XSD}dateTime`,
  time: `${XSD}time`,
  bytea: `${XSD}hexBinary`,
  geometry: WKT_LITERAL,
  geography: WKT_LITERAL,
}

/** The datatype that a column's values have by the natural mapping (R2RML, section 10.2); none for structures. */
export const naturalDatatype = ({ kind }: ColumnType): string | undefined => NATURAL[kind]

/** How a column's value is read: as text that {@link lexicalForm} takes. */
export function reading({ kind, schema, isArray }: ColumnType, column: string): string {
  switch (kind) {
    // A cast to text would take the padding away; what all types write does not.
    case 'char':
      return `concat(${column})`
    case 'geometry':
      return `${schema}.ST_AsEWKT(${column})`
    case 'geography':
      return `${schema}.ST_AsText(${column})`
    case 'structure':
      return isArray === true ? `to_jsonb(${column})::text` : `${column}::text`
    default:
      return `${column}::text`
  }
}

/** The canonical lexical form of a value's text; `undefined` where no term of the natural datatype stands for it. */
export function lexicalForm({ kind }: ColumnType, text: string): string | undefined {
  switch (kind) {
    case 'decimal':
      return decimal(text)
    case 'double':
    case 'single':
      return canonicalDouble(Number(text))
    case 'date':
      return dateText(text)
    case 'timestamp':
      return timestampText(text)
    case 'timestamptz':
      return text.endsWith('infinity') ? undefined : timestampText(text.replace(/\+00( BC)?$/, '$1'), 'Z')
    case 'bytea':
      return text.slice(2).toUpperCase()
    case 'geometry':
      return wellKnownText(text)
    default:
      return text
  }
}

function decimal(text: string): string | undefined {
  if (!text.includes('.')) return /\d/.test(text) ? text : undefined
  const digits = text.replace(/\.?0+$/, '')
  return digits === '-0' ? '0' : digits
}

const SPATIAL_REFERENCE = 'http://www.opengis.net/def/crs/EPSG/0/'

/** `SRID=28992;POINT(1 2)` as a `geo:wktLiteral`: longitude before latitude without an SRID and for WGS 84. */
function wellKnownText(text: string): string {
  const srid = /^SRID=(\d+);/.exec(text)
  if (srid === null) return text
  const rest = text.slice(srid[0].length)
  return srid[1] === '4326' ? rest : `<${SPATIAL_REFERENCE}${srid[1]}> ${rest}`
}

/**
 * The text of the only value with this lexical form, as PostgreSQL reads it; `undefined` where the column's type has
 * no such value.
 */
export function parameter(type: ColumnType, lexical: string): string | undefined {
  const value = candidate(type, lexical)
  return value === undefined || value.includes('\0') ? undefined : value
}

/** Integers below a limit, those of so few digits among them. */
const RANGES: Readonly<Record<string, { readonly limit: bigint; readonly digits: number }>> = {
  int2: { limit: 2n ** 15n, digits: 4 },
  int4: { limit: 2n ** 31n, digits: 9 },
  int8: { limit: 2n ** 63n, digits: 18 },
}

function candidate(type: ColumnType, lexical: string): string | undefined {
  switch (type.kind) {
    case 'text':
    case 'other':
      return lexical
    case 'char':
      return type.length === undefined || [...lexical].length === type.length ? lexical : undefined
    case 'integer':
      return /^(0|-?[1-9]\d{0,999})$/.test(lexical) && fits(lexical, RANGES[type.sql]) ? lexical : undefined
    case 'decimal':
      return decimalParameter(lexical)
    case 'double':
    case 'single':
      return floatParameter(type.kind, lexical)
    case 'boolean':
      return lexical === 'true' || lexical === 'false' ? lexical : undefined
    case 'date':
      return dateParameter(lexical)
    case 'timestamp':
      return timestampParameter(lexical, '')
    case 'timestamptz':
      return timestampParameter(lexical, 'Z')
    case 'time':
      return timeParameter(lexical)
    case 'bytea':
      return /^([0-9A-F]{2})*$/.test(lexical) ? `\\x${lexical.toLowerCase()}` : undefined
    case 'uuid':
      return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(lexical) ? lexical : undefined
    default:
      return undefined
  }
}

/** Without a limit: of `numeric`, which sums are. */
function fits(lexical: string, range: (typeof RANGES)[string] | undefined): boolean {
  if (range === undefined || lexical.length <= range.digits) return true
  const value = BigInt(lexical)
  return value >= -range.limit && value < range.limit
}

/** Digits that `numeric` can hold: 131,072 before the point and 16,383 after it. */
function decimalParameter(lexical: string): string | undefined {
  const match = /^-?(0|[1-9]\d*)(?:\.(\d*[1-9]))?$/.exec(lexical)
  if (match === null || lexical === '-0') return undefined
  return match[1]!.length <= 131_072 && (match[2]?.length ?? 0) <= 16_383 ? lexical : undefined
}

function floatParameter(kind: 'double' | 'single', lexical: string): string | undefined {
  const value = lexical === 'INF' ? Infinity : lexical === '-INF' ? -Infinity : Number(lexical)
  if (canonicalDouble(value) !== lexical) return undefined
  if (!Number.isFinite(value)) return String(value)
  // PostgreSQL refuses what single precision rounds to infinity or to zero.
  const isInRange =
    kind === 'double' || (Number.isFinite(Math.fround(value)) && (value === 0 || Math.fround(value) !== 0))
  if (!isInRange) return undefined
  return Object.is(value, -0) ? '-0' : String(value)
}

/** Whether SQL's `=` on values of the type is equality of their lexical forms. */
export const equatesTerms = ({ kind }: ColumnType, isDeterministic: boolean): boolean => {
  // 0 = -0, and blanks at the end of char(n) do not count.
  if (kind === 'double' || kind === 'single' || kind === 'char' || kind === 'structure' || kind === 'computed')
    return false
  return isDeterministic && kind !== 'geometry' && kind !== 'geography'
}

/** What SQL must ask of a column so that every value has a lexical form; absent: nothing. */
export function guard({ kind }: ColumnType, column: string, version: number): string | undefined {
  switch (kind) {
    case 'decimal':
      // Infinite numbers came with version 14; NaN is above them.
      return version >= 140_000
        ? `${column} < 'Infinity'::numeric AND ${column} > '-Infinity'::numeric`
        : `${column} <> 'NaN'::numeric`
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      return `isfinite(${column})`
    default:
      return undefined
  }
}

const isFloating = (datatype: string): boolean => datatype === `${XSD}double` || datatype === `${XSD}float`

const NUMBERS: ReadonlySet<Kind> = new Set<Kind>(['integer', 'decimal', 'double', 'single'])

/** A natural lexical form as the mapping's own datatype has it: canonical where both are numbers or truth values. */
export function converted({ kind }: ColumnType, lexical: string, datatype: string | undefined): string {
  if (datatype === undefined || datatype === NATURAL[kind]) return lexical
  if (kind === 'integer' && datatype === `${XSD}boolean`) {
    return lexical === '1' ? 'true' : lexical === '0' ? 'false' : lexical
  }
  if (!NUMBERS.has(kind)) return lexical
  if (isFloating(datatype)) {
    const value = parseNumeric(datatype === `${XSD}float` ? 'float' : 'double', lexical)
    return value === undefined ? lexical : canonicalNumber(value)
  }
  return lexical
}

/** The natural lexical forms that are converted to this one; `undefined`: any may be. */
export function unconverted(
  type: ColumnType,
  lexical: string,
  datatype: string | undefined,
): readonly string[] | undefined {
  const { kind } = type
  if (datatype === undefined || datatype === NATURAL[kind]) return [lexical]
  if (kind === 'integer' && datatype === `${XSD}boolean`) {
    return [lexical === 'true' ? '1' : lexical === 'false' ? '0' : lexical].filter(
      (each) => converted(type, each, datatype) === lexical,
    )
  }
  if (NUMBERS.has(kind) && isFloating(datatype)) return undefined
  return [lexical]
}

/** Whether no two values are converted alike. */
export const isConversionInjective = (type: ColumnType, datatype: string | undefined): boolean =>
  unconverted(type, '', datatype) !== undefined
