import type { Pattern, Plan } from '../../planner/algebra.ts'
import { PolyprovError } from '../../planner/errors.ts'
import { type Term, termKey } from '../../planner/term.ts'
import type {
  Batch,
  Bindings,
  Connector,
  Dictionary,
  ExecuteRequest,
  Meter,
  Request,
  Resolved,
  ResolveRequest,
} from '../connector.ts'
import { batchOf, solutionsOf } from './answers.ts'

/** What a store counted while it was asked. */
export interface Counted {
  readonly requests: number[]
  readonly bytes: number[]
  readonly warnings: string[]
}

export interface Asking extends Request {
  readonly counted: Counted
}

/** A query of its own: dictionary, signal and meter. */
export function asking(signal: AbortSignal = new AbortController().signal): Asking {
  const counted: Counted = { requests: [], bytes: [], warnings: [] }
  const meter: Meter = {
    request: (count = 1) => void counted.requests.push(count),
    bytes: (count) => void counted.bytes.push(count),
    warn: (message) => void counted.warnings.push(message),
  }
  return { dictionary: createDictionary(), signal, meter, counted }
}

function createDictionary(): Dictionary {
  const ids = new Map<string, number>()
  const terms: Term[] = []
  const find = (term: Term): number => ids.get(termKey(term)) ?? 0
  return {
    find,
    encode(term) {
      const known = find(term)
      if (known !== 0) return known
      ids.set(termKey(term), terms.push(term))
      return terms.length
    },
    decode(id) {
      const term = terms[id - 1]
      if (term === undefined) throw new Error(`a batch holds the id ${id}, which the dictionary never gave`)
      return term
    },
  }
}

/** The solutions of a scan, by the rule for columns of constants that the store did not check. */
export async function scanned(
  connector: Connector,
  pattern: Pattern,
  asked: Asking = asking(),
  bindings?: Batch,
): Promise<readonly Bindings[]> {
  const rows: Bindings[] = []
  for await (const block of connector.scan({ ...asked, pattern, ...(bindings === undefined ? {} : { bindings }) })) {
    for (const row of decoded(block, asked.dictionary)) {
      if (satisfiesConstants(row, pattern)) rows.push(withoutChecks(row))
    }
  }
  return rows
}

const CHECKS = ['subject', 'predicate', 'object', 'graph'] as const

function satisfiesConstants(row: Bindings, pattern: Pattern): boolean {
  return CHECKS.every((position) => {
    const column = row[`.${position}`]
    const asked = pattern[position]
    if (column === undefined || asked.termType === 'Variable' || asked.termType === 'DefaultGraph') return true
    return termKey(column) === termKey(asked)
  })
}

const withoutChecks = (row: Bindings): Bindings =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !CHECKS.some((position) => name === `.${position}`)))

/** A block as rows of terms; rejects where it is not well-formed. */
export function decoded(block: Batch | readonly Bindings[], dictionary: Dictionary): readonly Bindings[] {
  if (!isBatch(block)) return block
  const { variables, columns, length } = block
  if (columns.length !== variables.length) {
    throw new Error(`a batch has ${columns.length} columns for the variables ${variables.join(', ')}`)
  }
  if (new Set(variables).size !== variables.length) throw new Error(`a batch repeats one of ${variables.join(', ')}`)
  for (const column of columns) {
    if (column.length < length) throw new Error(`a batch of ${length} rows has a column of ${column.length}`)
  }
  return Array.from({ length }, (_, row) =>
    Object.fromEntries(
      variables.map((name, i) => {
        const id = columns[i]![row]!
        return [name, id === 0 ? undefined : dictionary.decode(id)]
      }),
    ),
  )
}

export const isBatch = (block: Batch | readonly Bindings[]): block is Batch => !Array.isArray(block)

/** The answer of a fragment that the store takes whole; `undefined` where it does not. */
export async function pushed(
  connector: Connector,
  plan: Plan,
  bindings?: (dictionary: Dictionary) => Batch,
): Promise<readonly Bindings[] | undefined> {
  const taken = connector.push?.(plan)
  if (taken === undefined || taken.residual !== undefined || connector.execute === undefined) return undefined
  const asked = asking()
  const rows: Bindings[] = []
  const request: ExecuteRequest = {
    ...asked,
    ...(bindings === undefined ? {} : { bindings: bindings(asked.dictionary) }),
    // The engine's operators by their definitions, over the leaves that the store evaluates.
    async *evaluate(inner, leaf) {
      const answer = await solutionsOf(inner, async (pattern) => {
        const found: Bindings[] = []
        for await (const batch of leaf(pattern)) found.push(...decoded(batch, asked.dictionary))
        return found
      })
      yield batchOf(inner, answer, asked.dictionary)
    },
  }
  for await (const batch of connector.execute(taken.native, request)) rows.push(...decoded(batch, asked.dictionary))
  return rows
}

export async function resolved(
  connector: Connector,
  request: Omit<ResolveRequest, keyof Request>,
  asked: Asking = asking(),
): Promise<readonly Resolved[]> {
  const found: Resolved[] = []
  for await (const each of connector.resolve!({ ...asked, ...request })) found.push(each)
  return found.sort((a, b) => a.index - b.index)
}

/** The same for one who takes batches, reference by reference: those that nothing is told of have no rows. */
export async function resolvedByColumns(
  connector: Connector,
  request: Omit<ResolveRequest, keyof Request>,
  asked: Asking = asking(),
): Promise<readonly Resolved[]> {
  const rows = request.locators.map((): Bindings[] => [])
  const errors: (Error | undefined)[] = []
  for await (const each of connector.resolve!({ ...asked, ...request, batches: true })) {
    errors[each.index] ??= each.error
    rows[each.index]!.push(...each.rows)
    if (each.batch === undefined) continue
    const { indexes, rows: batch } = each.batch
    const found = decoded(batch, asked.dictionary)
    if (indexes.length < batch.length) throw new Error(`a batch of ${batch.length} rows has ${indexes.length} indexes`)
    for (const [at, row] of found.entries()) {
      const own = rows[indexes[at]!]
      if (own === undefined)
        throw new Error(`a batch has rows of the reference ${indexes[at]}, which was not asked for`)
      own.push(row)
    }
  }
  return rows.map((own, index) => ({ index, rows: own, ...(errors[index] && { error: errors[index] }) }))
}

/** What a promise gives, or an error where it takes longer than a cancelled store may. */
export async function promptly<Value>(promise: Promise<Value>, what: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new PolyprovError('store-timeout', `${what} took more than 2 s`)), 2_000)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
