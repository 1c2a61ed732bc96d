import type { Statement } from './database.ts'

/** A value in a statement: always a parameter, never text. */
interface Parameter {
  readonly value: string
}

/** A piece of SQL with the values that belong to it. */
export type Sql = readonly (string | Parameter)[]

/** A text as a parameter of type `text`. */
export const text = (value: string): Sql => [{ value }]

/** SQL as it is written, its holes filled with names that are quoted already, or with other pieces. */
export function sql(strings: TemplateStringsArray, ...holes: readonly (string | Sql)[]): Sql {
  return strings.flatMap((string, index): Sql => {
    const hole = holes[index]
    return hole === undefined ? [string] : [string, ...(typeof hole === 'string' ? [hole] : hole)]
  })
}

export const joined = (pieces: readonly Sql[], between: string): Sql =>
  pieces.flatMap((piece, index) => (index === 0 ? piece : [between, ...piece]))

/** Pieces of which all hold, or one: in brackets where they are several. */
export const allOf = (pieces: readonly Sql[]): Sql =>
  pieces.length === 1 ? pieces[0]! : sql`(${joined(pieces, ' AND ')})`
export const anyOf = (pieces: readonly Sql[]): Sql =>
  pieces.length === 1 ? pieces[0]! : sql`(${joined(pieces, ' OR ')})`

/** The statement, equal values sharing a parameter. */
export function statement(piece: Sql): Statement {
  const numbers = new Map<string, number>()
  const values: string[] = []
  const parts = piece.map((part) => {
    if (typeof part === 'string') return part
    let number = numbers.get(part.value)
    if (number === undefined) {
      number = values.push(part.value)
      numbers.set(part.value, number)
    }
    return `$${number}::text`
  })
  return { text: parts.join(''), values }
}
