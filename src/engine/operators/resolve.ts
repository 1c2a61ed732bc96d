import { alignBatch, columnOf } from '../../../connectors/batch.ts'
import type { Batch, Connector, Dictionary, Resolved, ResolveRequest } from '../../../connectors/connector.ts'
import type { Resolve } from '../../../planner/algebra.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { iri, type Term } from '../../../planner/term.ts'
import { variablesOf, variablesOfPattern } from '../../../planner/variables.ts'
import type { QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import { isUnreachable, storeError } from '../guard.ts'
import { inBlocks } from '../in-blocks.ts'
import { pipelined } from '../pipelined.ts'
import { giveUp, rowsOf } from '../store-rows.ts'
import { createTable, streamOf, type Table } from '../table.ts'
import { asksElsewhere, runTogether, type Together } from '../together.ts'
import { distinctKeys } from './bind-join.ts'
import { type BlockSizes, blocksOf } from './blocks.ts'
import { joinWithTable } from './join.ts'
import { resolveByScan } from './resolve-by-scan.ts'
import { verifiedReferences } from './verify-references.ts'

/** Blocks of references that are met at once: while one is joined, the stores work on the next. */
const BLOCKS_AT_ONCE = 2
/** References of the first block, where stores look at one object after the other, and of the largest. */
const FIRST_BLOCK = 1_000
const LARGEST_BLOCK = 16_384

/** Meets data references in the stores that hold them: one request a store and block, rows joined back. */
export async function* resolve(
  plan: Resolve,
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  const inputVariables = variablesOf(plan.input)
  const form = plan.patterns.length === 0 ? 'left' : 'inner'
  const together = runTogether(context)
  const inside = together.context
  try {
    const input = execute(plan.input, inside, bindings)
    const blocks = blocksOf(input, inputVariables, blockSizes(plan, inside), inside)
    const answered = pipelined(blocks, BLOCKS_AT_ONCE, async (block) => ({
      block,
      answers: await answersFor(block, plan, together),
    }))
    for await (const { block, answers } of answered) {
      yield* joinWithTable(streamOf(block), inputVariables, answers, form, undefined, inside)
      answers.release()
      block.release()
    }
  } catch (error) {
    throw together.causeOf(error)
  } finally {
    together.end()
  }
}

/** References of stores that take many in one request come in blocks that are full of those that are asked for. */
function blockSizes(plan: Resolve, { connectors, dictionary }: QueryContext): BlockSizes {
  const asked = [...connectors.values()].filter(({ id }) => plan.sources.includes(id))
  const batches = asked.flatMap(({ access }) => (access?.batch === undefined ? [] : [access.batch]))
  const most = Math.min(...batches, LARGEST_BLOCK)
  const stores = new Set(asked.map(({ iri: name }) => dictionary.encode(iri(name))))
  return {
    first: batches.length === asked.length ? most : FIRST_BLOCK,
    most,
    isWaiting: asksElsewhere(plan.input),
    keysOf(batch) {
      const store = storesIn(batch, plan, dictionary)
      const locator = columnOf(batch, plan.locator)
      return (row) => (stores.has(store(row)) ? (locator?.[row] ?? 0) : 0)
    },
  }
}

/** The id of the store that the reference of a row leads to; 0 where it is unbound. */
function storesIn(batch: Batch, { store }: Resolve, dictionary: Dictionary): (row: number) => number {
  if (store.termType === 'NamedNode') {
    const id = dictionary.encode(store)
    return () => id
  }
  const column = columnOf(batch, store.value)
  return (row) => column?.[row] ?? 0
}

interface Reference {
  readonly locator: string
  readonly id: number
  /** Row of the block's keys, by which its rows are joined back: the locator, and store and reference where they are variables. */
  readonly row: number
}

/** Takes the rows that a store gives of some references. */
type Take = (references: readonly Reference[], answer: Resolved) => void

async function answersFor(block: Table, plan: Resolve, together: Together): Promise<Table> {
  const { context } = together
  const variables = [plan.store, plan.reference].flatMap((term) => (term.termType === 'Variable' ? [term.value] : []))
  const keyVariables = [plan.locator, ...variables]
  const patternVariables = [...new Set([...plan.patterns, ...plan.optional.flat()].flatMap(variablesOfPattern))].filter(
    (name) => !keyVariables.includes(name),
  )
  const answers = createTable([...keyVariables, ...patternVariables], context.memory)
  const keys = distinctKeys(block, keyVariables, context)
  const take: Take = (references, { index, rows, batch }) => {
    for (const row of rows) {
      const own = keys.columns.map((column) => column[references[index]!.row]!)
      const ids = patternVariables.map((name) => {
        const term = row[name]
        return term === undefined ? 0 : context.dictionary.encode(term)
      })
      answers.appendRow([...own, ...ids])
    }
    if (batch === undefined) return
    const { length } = batch.rows
    const own = keys.columns.map((column) => {
      const joined = new Uint32Array(length)
      for (let row = 0; row < length; row++) joined[row] = column[references[batch.indexes[row]!]!.row]!
      return joined
    })
    const found = alignBatch(batch.rows, patternVariables)
    answers.append({ variables: answers.variables, columns: [...own, ...found.columns], length })
  }
  const byStore = groupByStore(keys, plan, context)
  await Promise.all(
    [...byStore].map(([store, references]) => together.begun(answersOf(store, references, plan, context, take))),
  )
  return answers
}

/** The references by store: those of stores that are registered and have no such terms are left out, unread. */
function groupByStore(keys: Batch, plan: Resolve, context: QueryContext): ReadonlyMap<string, Reference[]> {
  const groups = new Map<string, Reference[]>()
  const known = new Map<number, Reference[] | undefined>()
  const groupOf = (id: number): Reference[] | undefined => {
    if (known.has(id)) return known.get(id)
    const store = context.dictionary.decode(id).value
    const connector = connectorOf(store, context)
    const group = connector === undefined || plan.sources.includes(connector.id) ? (groups.get(store) ?? []) : undefined
    if (group !== undefined) groups.set(store, group)
    known.set(id, group)
    return group
  }
  const { dictionary } = context
  const storeAt = storesIn(keys, plan, dictionary)
  const locators = columnOf(keys, plan.locator)!
  const { reference } = plan
  const constant = reference.termType === 'Variable' ? 0 : dictionary.encode(reference)
  const ids = reference.termType === 'Variable' ? columnOf(keys, reference.value) : undefined
  for (let row = 0; row < keys.length; row++) {
    const [store, locator] = [storeAt(row), locators[row]!]
    const group = store === 0 || locator === 0 ? undefined : groupOf(store)
    if (group === undefined) continue
    group.push({ locator: dictionary.decode(locator).value, id: ids?.[row] ?? constant, row })
  }
  return groups
}

const connectorOf = (store: string, { connectors }: QueryContext): Connector | undefined =>
  [...connectors.values()].find((each) => each.iri === store)

/** Asks one store for its references; hands over each row. */
async function answersOf(
  store: string,
  references: readonly Reference[],
  plan: Resolve,
  context: QueryContext,
  take: Take,
): Promise<void> {
  const connector = connectorOf(store, context)
  if (connector === undefined) return giveUp(unknownStore(store, references[0]!, context), context)
  const asked = {
    meter: context.trace.meter(connector.id, plan),
    isHere: false,
    open: (signal: AbortSignal) => inBlocks(unlessUnreachable(request(connector, references, plan, signal, context))),
  }
  try {
    for await (const block of rowsOf(connector.id, asked, context)) {
      for (const answer of block) {
        if (answer.error !== undefined) giveUp(ofObject(answer.error, connector.id), context)
        asked.meter.rows(answer.batch?.rows.length ?? answer.rows.length)
        take(references, answer)
      }
    }
  } catch (error) {
    giveUp(storeError(error, connector.id), context)
  }
}

/** The answers, up to the first that tells that the store cannot be reached: the others would tell the same. */
async function* unlessUnreachable(answers: AsyncIterable<Resolved>): AsyncGenerator<Resolved> {
  for await (const resolved of answers) {
    if (resolved.error instanceof PolyprovError && isUnreachable(resolved.error)) throw resolved.error
    yield resolved
  }
}

/** The failure of one object, which says nothing of the others. */
function ofObject(error: Error, store: string): PolyprovError {
  const { code, message, details } = storeError(error, store)
  return new PolyprovError(code, message, { ...details, transient: false })
}

function request(
  connector: Connector,
  references: readonly Reference[],
  plan: Resolve,
  signal: AbortSignal,
  context: QueryContext,
): AsyncIterable<Resolved> {
  const { dictionary } = context
  let terms: readonly Term[] | undefined
  const asked: ResolveRequest = {
    locators: references.map(({ locator }) => locator),
    // Whoever answers by columns never looks at them.
    get references() {
      terms ??= references.map(({ id }) => dictionary.decode(id))
      return terms
    },
    patterns: plan.patterns,
    optional: plan.optional,
    reference: plan.reference,
    batches: !context.verify,
    dictionary,
    signal,
    meter: context.trace.meter(connector.id, plan),
  }
  if (connector.resolve === undefined) return resolveByScan(connector, asked, context)
  const answers = connector.resolve(asked)
  return context.verify ? verifiedReferences(answers, connector, asked, context) : answers
}

const unknownStore = (store: string, { id, locator }: Reference, { dictionary }: QueryContext): PolyprovError =>
  new PolyprovError(
    'unknown-store',
    `The data reference ${dictionary.decode(id).value} is kept in the store ${store}, which is not registered (locator ${locator})`,
    { store, locator },
  )
