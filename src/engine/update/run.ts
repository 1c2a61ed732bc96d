import type { ChangeCounts, Transaction } from '../../../connectors/connector.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { parseUpdate } from '../../../planner/parse.ts'
import type { Update, UpdateOperation } from '../../../planner/update.ts'
import type { UpdateOptions, UpdateResult } from '../../polystore.ts'
import { raceAbort } from '../abortable.ts'
import { createMemoryBudget, throwIfAborted } from '../context.ts'
import type { EngineState } from '../engine.ts'
import { beginLifetime } from '../lifetime.ts'
import { graphOf, openDocument } from './documents.ts'
import { encodeQuads, findQuads } from './encode.ts'
import { clear, create, transfer, type UpdateContext } from './graphs.ts'
import { modify, type WhereContext } from './modify.ts'
import { type Updatable, updateTarget } from './target.ts'

/** What a change of one store may take. */
export interface ChangeLimits {
  readonly signal?: AbortSignal | undefined
  readonly timeout?: number | undefined
}

/** Bytes of a quad by its ids. */
const QUAD_BYTES = 16

/** Runs a request of SPARQL 1.1 Update on one store: all its operations, in their order, or none. */
export async function runUpdate(text: string, options: UpdateOptions, engine: EngineState): Promise<UpdateResult> {
  const target = updateTarget(engine.connectors, options.store)
  const update = parseUpdate(text, { base: options.base ?? engine.base })
  checkDataset(update, options)
  const timeout = options.timeout ?? engine.limits.timeout
  return changeStore(target, options, engine, async (context) => {
    const where: WhereContext = {
      ...context,
      text,
      base: update.base ?? engine.base,
      target: target.id,
      options,
      timeout,
      engine,
    }
    let added = 0
    let removed = 0
    for (const operation of update.operations) {
      throwIfAborted(context.signal)
      const counts = await run(operation, where)
      added += counts.added
      removed += counts.removed
    }
    return { store: target.id, added, removed }
  })
}

/** The protocol's graphs stand for USING: an update that says it itself is not to have both (Protocol, section 2.2.3). */
function checkDataset({ operations }: Update, { usingGraphs, usingNamedGraphs }: UpdateOptions): void {
  if (usingGraphs === undefined && usingNamedGraphs === undefined) return
  if (operations.every((each) => each.kind !== 'modify' || (each.dataset === undefined && each.with === undefined))) {
    return
  }
  throw new PolyprovError(
    'parameter',
    'using-graph-uri and using-named-graph-uri are for updates without USING, USING NAMED and WITH',
  )
}

/** Changes a store within the limits; nothing is kept of a change that fails, is cancelled or passes its deadline. */
export async function changeStore<Result>(
  target: Updatable,
  options: ChangeLimits,
  { limits, memory }: EngineState,
  change: (context: UpdateContext) => Promise<Result>,
): Promise<Result> {
  const { signal, timeout } = options
  const life = beginLifetime(
    { ...(signal === undefined ? {} : { signal }), ...(timeout === undefined ? {} : { timeout }) },
    limits.timeout,
    () => [],
  )
  const budget = createMemoryBudget(limits.memory, memory)
  let begin: () => void
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  try {
    const done = target.update(async (transaction: Transaction) => {
      begin()
      throwIfAborted(life.signal)
      const result = await change({
        transaction,
        signal: life.signal,
        reserve: (quads) => budget.reserve(quads * QUAD_BYTES),
      })
      throwIfAborted(life.signal)
      return result
    })
    // Once its turn has come, it alone says how it ends.
    await raceAbort(Promise.race([begun, done]), life.signal)
    return await done
  } finally {
    budget.close()
    life.end()
  }
}

async function run(operation: UpdateOperation, context: WhereContext): Promise<ChangeCounts> {
  const { transaction } = context
  switch (operation.kind) {
    case 'insertData':
      return transaction.change({ add: await encodeQuads(operation.quads, context) })
    case 'deleteData':
      return transaction.change({ remove: findQuads(operation.quads, context) })
    case 'modify':
      return modify(operation, context)
    case 'load':
      return load(operation, context)
    case 'clear':
    case 'drop':
      return clear(operation, context)
    case 'create':
      return create(operation, context)
    case 'copy':
    case 'move':
    case 'add':
      return transfer(operation, context)
  }
}

/** LOAD (section 3.1.4): SILENT forgives whatever is wrong with the document, and no cancelling. */
async function load(
  { source, into, silent }: Extract<UpdateOperation, { kind: 'load' }>,
  context: WhereContext,
): Promise<ChangeCounts> {
  const { transaction, signal, engine } = context
  try {
    const document = await openDocument(source.value, transaction.loads, {
      signal,
      ...(engine.fetch === undefined ? {} : { fetch: engine.fetch }),
    })
    const graph = into.termType === 'DefaultGraph' ? 0 : transaction.encode(into)
    return await transaction.change({ add: await encodeQuads(graphOf(document), context, graph) })
  } catch (error) {
    throwIfAborted(signal)
    if (silent) return { added: 0, removed: 0 }
    throw error
  }
}
