import type { VariableName } from '../../planner/algebra.ts'
import { columnOf as batchColumn } from '../batch.ts'
import type { Batch, Dictionary } from '../connector.ts'
import type { Column } from './catalogue.ts'
import { castOf, comparable, type Values, valuesFor } from './cells.ts'
import type { PostgresQuery } from './compile.ts'
import { arrayLiteral } from './database.ts'
import { type Member, type Slot, slotOf } from './member.ts'
import { joined, type Sql, sql, text } from './sql.ts'

/** Variables of the query that a bind join hands values for. */
export const keyVariables = (query: PostgresQuery, bindings: Batch | undefined): readonly VariableName[] => {
  if (bindings === undefined || query.limit !== undefined || query.offset > 0) return []
  return bindings.variables.filter((name) => {
    const column = batchColumn(bindings, name)!
    return query.variables.includes(name) && !column.subarray(0, bindings.length).includes(0)
  })
}

/** Alternatives for one cell of each key variable, and the columns that they are about. */
interface KeyedCell {
  readonly scan: number
  readonly column: Column
}

/**
 * What rows of a member must satisfy to meet one of the keys: the values of each column as one array, several columns
 * row by row. `'none'`: no key can be met; `undefined`: nothing can be asked.
 */
export function keyCondition(
  member: Member,
  names: readonly VariableName[],
  bindings: Batch | undefined,
  dictionary: Dictionary,
): Sql | 'none' | undefined {
  if (bindings === undefined || names.length === 0) return undefined
  const parts: Part[] = []
  for (const name of names) {
    // What a row leaves unbound is compatible with every key.
    const slot = slotOf(member, name)
    if (slot === undefined || slot.optional !== undefined) continue
    const part = partFor(member, slot, batchColumn(bindings, name)!, bindings.length, dictionary)
    if (part !== undefined) parts.push(part)
  }
  const [only] = parts
  if (only === undefined) return undefined
  const columns = parts.flatMap((part) => part.columns)
  if (parts.length === 1 && columns.length === 1) {
    const texts = new Set<string>()
    for (let row = 0; row < bindings.length; row++) for (const [value] of only.valuesOf(row)) texts.add(value!)
    return texts.size === 0 ? 'none' : meets(columns, [[...texts]])
  }
  const rows = new Map<string, readonly string[]>()
  for (let row = 0; row < bindings.length; row++) {
    let combinations: readonly (readonly string[])[] = [[]]
    for (const { valuesOf } of parts) {
      const options = valuesOf(row)
      combinations = combinations.flatMap((before) => options.map((option) => [...before, ...option]))
    }
    for (const texts of combinations) rows.set(texts.join('\0'), texts)
  }
  if (rows.size === 0) return 'none'
  if (columns.length === 0) return undefined
  const all = [...rows.values()]
  return meets(
    columns,
    columns.map((_, index) => all.map((row) => row[index]!)),
  )
}

/** One variable's share in the keys. */
interface Part {
  readonly columns: readonly KeyedCell[]
  valuesOf(row: number): readonly (readonly string[])[]
}

function partFor(
  { scope }: Member,
  { term, cells }: Slot,
  ids: Uint32Array,
  length: number,
  dictionary: Dictionary,
): Part | undefined {
  if (term !== undefined) {
    const wanted = dictionary.encode(term)
    return { columns: [], valuesOf: (row) => (ids[row] === wanted ? [[]] : []) }
  }
  const cell = cells[0]!
  const known = new Map<number, readonly Values[]>()
  let columns: readonly KeyedCell[] | undefined
  for (const id of ids.subarray(0, length)) {
    if (known.has(id)) continue
    const values = valuesFor(scope, cell, dictionary.decode(id))
    if (values === 'unknown') return undefined
    const [first] = values
    columns ??= first?.map(({ column }) => ({ scan: cell.scan, column }))
    known.set(id, values)
  }
  return {
    columns: columns ?? [],
    valuesOf: (row) => known.get(ids[row]!)!.map((values) => values.map(({ text: value }) => value)),
  }
}

/** Rows whose columns have one of the given rows of values: the texts of each column are as many. */
export function meets(columns: readonly KeyedCell[], texts: readonly (readonly string[])[]): Sql {
  const names = columns.map(({ scan, column }) => comparable(scan, column, column.name))
  const arrays = columns.map(
    ({ column }, index) => sql`${text(arrayLiteral(texts[index]!))}::text[]${castOf(column, '[]')}`,
  )
  if (columns.length === 1) return sql`${names[0]!} = ANY(${arrays[0]!})`
  return sql`(${names.join(', ')}) IN (SELECT * FROM unnest(${joined(arrays, ', ')}))`
}
