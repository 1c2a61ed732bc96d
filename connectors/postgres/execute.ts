import type { VariableName } from '../../planner/algebra.ts'
import { BATCH_ROWS, batchBuilder } from '../batch.ts'
import type { Batch, Dictionary, Request } from '../connector.ts'
import { satisfies } from '../documents/conditions.ts'
import { fromWhere, type Member, type PostgresQuery, type Slot } from './compile.ts'
import type { Database, Row, Statement } from './database.ts'
import { rowReader, selectList } from './decode.ts'
import { keyCondition, keyVariables } from './keys.ts'
import type { Grouping } from './modifiers.ts'
import { joined, type Sql, sql, statement, text } from './sql.ts'

export type Bound = Request & { readonly bindings?: Batch | undefined }

/** A SELECT, and how its rows become solutions. */
interface Branch {
  readonly items: readonly string[]
  /** From FROM on. */
  readonly rest: Sql
  readonly read: (row: Row) => Iterable<readonly number[]>
}

/** A statement of one or several branches, and the solutions of its rows. */
interface Reading {
  readonly statement: Statement
  read(row: Row): Iterable<readonly number[]>
}

/** Branches of one statement; a mapping of many tables that is asked for everything takes several. */
const MOST_BRANCHES = 100

/** The answer of a query over tables, compatible with one of the rows of `bindings` as far as SQL can tell. */
export async function* execute(query: PostgresQuery, database: Database, request: Bound): AsyncGenerator<Batch> {
  request.signal.throwIfAborted()
  const names = namesOf(query, request.bindings)
  const output = outputOf(query, request.bindings)
  const picked = output.map((name) => names.indexOf(name))
  const builder = batchBuilder(output)
  const isNewSolution = newcomers(query.isRepeating)
  const isNewRow = newcomers(query.distinct)
  const admits = admission(query, names, request.dictionary)
  const skipped = isLimitedBySql(query) ? 0 : query.offset
  const end = query.limit === undefined ? Number.POSITIVE_INFINITY : skipped + query.limit
  let position = 0
  const take = (solution: readonly number[]): void => {
    if (position >= end || !admits(solution) || !isNewSolution(solution)) return
    const ids = picked.map((column) => solution[column]!)
    if (isNewRow(ids) && position++ >= skipped) builder.add(ids)
  }
  for (const reading of readingsOf(query, names, request)) {
    for await (const block of rowsOf(reading.statement, database, request)) {
      for (const row of block) {
        for (const solution of reading.read(row)) take(solution)
        if (builder.length >= BATCH_ROWS) yield builder.build()
      }
      if (builder.length > 0) yield builder.build()
      if (position >= end) return
    }
  }
}

/** The statements for a query, as they are without keys. */
export const statementsOf = (query: PostgresQuery, dictionary: Dictionary): readonly Statement[] =>
  readingsOf(query, namesOf(query, undefined), { dictionary, bindings: undefined }).map((reading) => reading.statement)

/** The answer's variables, those of the keys among them. */
function outputOf(query: PostgresQuery, bindings: Batch | undefined): readonly VariableName[] {
  const known = query.grouping === undefined ? query.variables : query.grouping.keys.map(({ variable }) => variable)
  return [...new Set([...query.output, ...(bindings?.variables.filter((name) => known.includes(name)) ?? [])])]
}

/** Variables that are read: those of the answer, those that are looked at again, and all where solutions may repeat. */
function namesOf(query: PostgresQuery, bindings: Batch | undefined): readonly VariableName[] {
  if (query.grouping !== undefined) return query.grouping.output
  if (query.isRepeating) return query.variables
  return [...new Set([...outputOf(query, bindings), ...query.conditions.map(({ variable }) => variable)])]
}

function readingsOf(
  query: PostgresQuery,
  names: readonly VariableName[],
  request: Pick<Bound, 'dictionary' | 'bindings'>,
): readonly Reading[] {
  const keys = keyVariables(query, request.bindings)
  const branches = query.members.flatMap((member) => {
    const condition = keyCondition(member, keys, request.bindings, request.dictionary)
    if (condition === 'none') return []
    const rest = fromWhere(member, condition === undefined ? [] : [condition])
    return [branchOf(query, member, rest, names, request.dictionary)]
  })
  const readings: Reading[] = []
  for (let start = 0; start < branches.length; start += MOST_BRANCHES) {
    readings.push(readingOf(query, branches.slice(start, start + MOST_BRANCHES)))
  }
  return readings
}

function branchOf(
  { grouping }: PostgresQuery,
  member: Member,
  rest: Sql,
  names: readonly VariableName[],
  dictionary: Dictionary,
): Branch {
  const list = selectList()
  if (grouping !== undefined) {
    const read = groupReader(member, grouping, list, dictionary)
    const keys = list.items.slice(0, list.items.length - columnCount(grouping))
    // Keys that are constants still make no group of no rows.
    const alone = grouping.keys.length === 0 ? '' : ' HAVING count(*) > 0'
    const by = keys.length === 0 ? alone : ` GROUP BY ${keys.join(', ')}`
    return { items: list.items, rest: [...rest, by], read }
  }
  const slots = names.map((name) => member.slots.find(({ variable }) => variable === name)!)
  const rechecked = member.slots.filter((slot) => !slot.isChecked && !slots.includes(slot))
  const read = rowReader(member, [...slots, ...rechecked], list, dictionary)
  return { items: list.items, rest, read }
}

const columnCount = ({ aggregates }: Grouping): number =>
  aggregates.reduce((count, { columns }) => count + columns.length, 0)

/** Keys first, each aggregate's columns after them. */
function groupReader(
  member: Member,
  { keys, aggregates }: Grouping,
  list: ReturnType<typeof selectList>,
  dictionary: Dictionary,
): Branch['read'] {
  const readKeys = rowReader(member, keys as readonly Slot[], list, dictionary)
  let place = list.items.length
  const places = aggregates.map(({ columns }) => {
    const first = place
    place += columns.length
    list.append(columns)
    return first
  })
  return function* (row) {
    for (const ids of readKeys(row)) {
      const terms = aggregates.map(({ columns, term }, index) =>
        term(row.slice(places[index]!, places[index]! + columns.length)),
      )
      yield [...ids, ...terms.map((term) => (term === undefined ? 0 : dictionary.encode(term)))]
    }
  }
}

function readingOf(query: PostgresQuery, branches: readonly Branch[]): Reading {
  const width = Math.max(...branches.map(({ items }) => items.length))
  const isMany = branches.length > 1
  // Fewer rows travel; with a limit the first ones are wanted sooner than the last.
  const distinct = (query.isRepeating || query.distinct) && query.limit === undefined ? 'DISTINCT ' : ''
  const selects = branches.map(({ items, rest }, index): Sql => {
    const padded = isMany
      ? [...items, ...new Array<string>(width - items.length).fill('NULL'), `'${index}'`]
      : items.length === 0
        ? ["'1'"]
        : items
    return sql`SELECT ${distinct}${padded.join(', ')}${rest}`
  })
  const whole = joined(selects, ' UNION ALL ')
  return {
    statement: statement(sql`${whole}${orderClause(query)}${limitClause(query)}`),
    read: (row) => (isMany ? branches[Number(row[width])]! : branches[0]!).read(row),
  }
}

const orderClause = ({ order }: PostgresQuery): string =>
  order.length === 0
    ? ''
    : ` ORDER BY ${order.map(({ column, descending }) => (descending ? `${column} DESC` : column)).join(', ')}`

/** Whether each row of the one statement is a row of the answer. */
function isLimitedBySql({ members, conditions, isRepeating, distinct, limit, offset }: PostgresQuery): boolean {
  if (limit === undefined && offset === 0) return false
  if (members.length > MOST_BRANCHES || conditions.length > 0) return false
  return !isRepeating && !distinct && members.every(({ isExact }) => isExact)
}

function limitClause(query: PostgresQuery): Sql {
  if (!isLimitedBySql(query)) return []
  const limit = query.limit === undefined ? [] : sql` LIMIT ${text(String(query.limit))}::int8`
  return query.offset === 0 ? limit : sql`${limit} OFFSET ${text(String(query.offset))}::int8`
}

async function* rowsOf(
  { text: query, values }: Statement,
  database: Database,
  { meter, signal }: Request,
): AsyncGenerator<readonly Row[]> {
  meter.request()
  for await (const rows of database.stream({ text: query, values }, signal)) {
    let bytes = 0
    for (const row of rows) for (const value of row) bytes += value?.length ?? 0
    meter.bytes(bytes)
    yield rows
  }
}

function newcomers(isWanted: boolean): (ids: readonly number[]) => boolean {
  const seen = new Set<string>()
  return (ids) => {
    if (!isWanted) return true
    const before = seen.size
    return seen.add(ids.join(' ')).size > before
  }
}

/** Conditions that SQL left open, each decided once for a term. */
function admission(
  query: PostgresQuery,
  names: readonly VariableName[],
  dictionary: Dictionary,
): (solution: readonly number[]) => boolean {
  const checks = query.conditions.map((condition) => {
    const column = names.indexOf(condition.variable)
    const decided = new Map<number, boolean>()
    return (solution: readonly number[]): boolean => {
      const id = solution[column]!
      const before = decided.get(id)
      if (before !== undefined) return before
      const holds = satisfies(dictionary.decode(id), condition)
      decided.set(id, holds)
      return holds
    }
  })
  return (solution) => checks.every((check) => check(solution))
}
