/** A row as PostgreSQL writes it: one text a column, in the order of the select list. */
export type Row = readonly (string | null)[]

export interface Statement {
  readonly text: string
  /** Texts only: the statement casts each of them. */
  readonly values: readonly string[]
}

/** A PostgreSQL database, wherever it runs. */
export interface Database {
  /** All rows of a short answer. @throws PolyprovError `store-failed`, `store-timeout`; the signal's reason */
  query(statement: Statement, signal: AbortSignal): Promise<readonly Row[]>
  /** Names of the columns that a statement gives, in order. */
  columns(text: string, signal: AbortSignal): Promise<readonly string[]>
  /**
   * The rows in blocks of so many at most, {@link FETCH_ROWS} where absent; what is open in the database is closed when
   * the iteration ends, however it does.
   */
  stream(statement: Statement, signal: AbortSignal, blockRows?: number): AsyncGenerator<readonly Row[]>
  close(): Promise<void>
}

/** Rows of one block: a few round trips for a long answer, little memory for wide rows. */
export const FETCH_ROWS = 4096

/** What every connection is told: plans without JIT (it costs more than it gives), and texts in one form. */
export const SESSION: readonly string[] = [
  'SET jit = off',
  "SET datestyle = 'ISO, YMD'",
  "SET timezone = 'UTC'",
  "SET bytea_output = 'hex'",
  'SET extra_float_digits = 1',
  'SET default_transaction_read_only = on',
]

/** Texts as one parameter: PostgreSQL's array literal. */
export const arrayLiteral = (texts: readonly string[]): string =>
  `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(',')}}`
