import type { VariableName } from '../../planner/algebra.ts'
import { BATCH_ROWS, batchBuilder } from '../batch.ts'
import type { Batch, Dictionary, Request } from '../connector.ts'
import { satisfies } from '../documents/conditions.ts'
import { limitClause, type PostgresQuery } from './compile.ts'
import { type Database, FETCH_ROWS, type Row, type Statement } from './database.ts'
import { type NumberReader, rowReader, selectList } from './decode.ts'
import { keyCondition, keyVariables } from './keys.ts'
import { fromWhere, isExact, type Member, slotOf } from './member.ts'
import { type NumberedObjects, numberedIn } from './numbered.ts'
import { joined, type Sql, sql, statement } from './sql.ts'

export type Bound = Request & {
  readonly bindings?: Batch | undefined
  readonly passing?: boolean | undefined
  /** Objects that are asked for: the numbers of one variable's column are then theirs, and no ids. */
  readonly numbered?: NumberedObjects | undefined
}

/** A SELECT, and how its rows become solutions. */
interface Branch {
  readonly items: readonly Sql[]
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
  const skipped = isLimitedBySql(query) ? 0 : query.offset
  const end = query.limit === undefined ? Number.POSITIVE_INFINITY : skipped + query.limit
  let position = 0
  const isPicked = picked.every((column, index) => column === index) && picked.length === names.length
  const take = (solution: readonly number[]): void => {
    if (position >= end || !isNewSolution(solution)) return
    const ids = isPicked ? solution : picked.map((column) => solution[column]!)
    if (isNewRow(ids) && position++ >= skipped) builder.add(ids)
  }
  // Readers remember ids.
  const readAgain = (i: number) => (request.passing === true ? readingsOf(query, names, request)[i]!.read : undefined)
  for (const [i, reading] of readingsOf(query, names, request).entries()) {
    let { read } = reading
    for await (const block of rowsOf(reading.statement, database, request)) {
      for (const row of block) {
        for (const solution of read(row)) take(solution)
        if (builder.length < BATCH_ROWS) continue
        yield builder.build()
        read = readAgain(i) ?? read
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
const outputOf = ({ output, variables }: PostgresQuery, bindings: Batch | undefined): readonly VariableName[] => [
  ...new Set([...output, ...(bindings?.variables.filter((name) => variables.includes(name)) ?? [])]),
]

/** Variables that are read: those of the answer, and all where solutions may repeat. */
const namesOf = (query: PostgresQuery, bindings: Batch | undefined): readonly VariableName[] =>
  query.isRepeating ? [...new Set([...query.variables, ...query.output])] : outputOf(query, bindings)

function readingsOf(
  query: PostgresQuery,
  names: readonly VariableName[],
  request: Pick<Bound, 'dictionary' | 'bindings' | 'numbered'>,
): readonly Reading[] {
  const keys = keyVariables(query, request.bindings)
  const branches = query.members.flatMap((member) => {
    const numbered = numberedIn(member, request.numbered)
    const condition = numbered?.condition ?? keyCondition(member, keys, request.bindings, request.dictionary)
    if (condition === 'none') return []
    const rest = fromWhere(member, condition === undefined ? [] : [condition])
    return [branchOf(member, rest, names, request.dictionary, numbered)]
  })
  const readings: Reading[] = []
  for (let start = 0; start < branches.length; start += MOST_BRANCHES) {
    readings.push(readingOf(query, branches.slice(start, start + MOST_BRANCHES)))
  }
  return readings
}

function branchOf(
  member: Member,
  rest: Sql,
  names: readonly VariableName[],
  dictionary: Dictionary,
  numbered: NumberReader | undefined,
): Branch {
  const list = selectList()
  const slots = names.flatMap((name) => slotOf(member, name) ?? [])
  const admits = admission(member, dictionary)
  const more = member.slots.filter(
    (slot) => (!slot.isChecked || admits.has(slot.variable ?? '')) && !slots.includes(slot),
  )
  const read = rowReader(member, [...slots, ...more], list, dictionary, numbered)
  const places = names.map((name) => slots.findIndex(({ variable }) => variable === name))
  const checks = [...admits].map(([name, check]) => {
    const place = [...slots, ...more].findIndex(({ variable }) => variable === name)
    return (solution: readonly number[]): boolean => check(solution[place]!)
  })
  const isPlain = more.length === 0 && checks.length === 0 && slots.length === names.length
  if (isPlain) return { items: list.items, rest, read }
  return {
    items: list.items,
    rest,
    *read(row) {
      for (const solution of read(row)) {
        if (checks.every((check) => check(solution))) yield places.map((place) => (place < 0 ? 0 : solution[place]!))
      }
    },
  }
}

function readingOf(query: PostgresQuery, branches: readonly Branch[]): Reading {
  const width = Math.max(...branches.map(({ items }) => items.length))
  const isMany = branches.length > 1
  // Fewer rows travel; with a limit the first ones are wanted sooner than the last.
  const distinct = (query.isRepeating || query.distinct) && query.limit === undefined ? 'DISTINCT ' : ''
  const selects = branches.map(({ items, rest }, index): Sql => {
    const padded: readonly Sql[] = isMany
      ? [...items, ...new Array<Sql>(width - items.length).fill(['NULL']), [`'${index}'`]]
      : items.length === 0
        ? [["'1'"]]
        : items
    return sql`SELECT ${distinct}${joined(padded, ', ')}${rest}`
  })
  const whole = joined(selects, ' UNION ALL ')
  return {
    statement: statement(sql`${whole}${query.order}${isLimitedBySql(query) ? limitClause(query) : []}`),
    read: (row) => (isMany ? branches[Number(row[width])]! : branches[0]!).read(row),
  }
}

/** Whether each row of the one statement is a row of the answer. */
function isLimitedBySql({ members, isRepeating, distinct, limit, offset }: PostgresQuery): boolean {
  if (limit === undefined && offset === 0) return false
  return members.length <= MOST_BRANCHES && !isRepeating && !distinct && members.every(isExact)
}

async function* rowsOf(
  { text: query, values }: Statement,
  database: Database,
  { meter, signal, bindings, numbered }: Bound,
): AsyncGenerator<readonly Row[]> {
  meter.request()
  // Most keys meet one row, or none: then all rows come at once. One more than there are tells that they are all.
  const keys = bindings?.length ?? numbered?.count ?? 0
  const blockRows = Math.max(FETCH_ROWS, keys + 1)
  for await (const rows of database.stream({ text: query, values }, signal, blockRows)) {
    let bytes = 0
    for (const row of rows) for (let i = 0; i < row.length; i++) bytes += row[i]?.length ?? 0
    meter.bytes(bytes)
    yield rows
  }
}

/** Whether no solution has to be remembered: each row is read, and that is all. */
export const isPassing = ({ isRepeating, distinct }: PostgresQuery): boolean => !isRepeating && !distinct

function newcomers(isWanted: boolean): (ids: readonly number[]) => boolean {
  if (!isWanted) return () => true
  const seen = new Set<string>()
  return (ids) => {
    const before = seen.size
    return seen.add(ids.join(' ')).size > before
  }
}

/** Conditions that SQL left open, by their variables: each decided once for a term. */
function admission({ open }: Member, dictionary: Dictionary): ReadonlyMap<VariableName, (id: number) => boolean> {
  const checks = new Map<VariableName, (id: number) => boolean>()
  for (const { variable } of open) {
    if (checks.has(variable)) continue
    const own = open.filter((condition) => condition.variable === variable)
    const decided = new Map<number, boolean>()
    checks.set(variable, (id) => {
      const before = decided.get(id)
      if (before !== undefined) return before
      const term = dictionary.decode(id)
      const holds = own.every((condition) => satisfies(term, condition))
      decided.set(id, holds)
      return holds
    })
  }
  return checks
}
