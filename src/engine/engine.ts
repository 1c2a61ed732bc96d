import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { BaseDictionary, Connector } from '../../connectors/connector.ts'
import type { Pattern, Plan } from '../../planner/algebra.ts'
import { useDataset } from '../../planner/dataset.ts'
import { PolyprovError } from '../../planner/errors.ts'
import { type Explanation, explain } from '../../planner/explain.ts'
import { optimise } from '../../planner/plan.ts'
import type { Catalog, Source } from '../../planner/source.ts'
import type { Execution, QueryOptions, RunningQuery, Stats } from '../polystore.ts'
import { abortable } from './abortable.ts'
import { construct } from './construct.ts'
import { createMemoryBudget, type MemoryBudget, type QueryContext } from './context.ts'
import { describe } from './describe.ts'
import { evaluationContext } from './evaluation.ts'
import { type Execute, execute } from './execute.ts'
import type { Prepared, Preparer } from './prepare.ts'
import { checkServices } from './tail/needs-tail.ts'
import { runTail } from './tail/tail.ts'
import type { Workers } from './tail/workers.ts'
import { termRows } from './term-rows.ts'
import { createTermTable } from './term-table.ts'
import { createTrace, type Trace } from './trace.ts'

/** What queries of one polystore share. */
export interface EngineState {
  readonly base: string
  readonly connectors: ReadonlyMap<string, Connector>
  readonly limits: Limits
  /** What all queries together may hold. */
  readonly memory: MemoryBudget
  readonly running: Map<string, Running>
  readonly prepare: Preparer
  readonly tailWorkers: Workers
}

export interface Limits {
  /** Deadline of a query without one of its own, in milliseconds. */
  readonly timeout: number
  /** Bytes that a query's tables may take; the long tail's heap, beside what Comunica itself needs. */
  readonly memory: number
  /** Queries at once. */
  readonly queries: number
  /** Whether SERVICE may ask endpoints: every one that a query names by http or https, or none. */
  readonly service: 'none' | 'any'
}

export interface Running {
  readonly info: () => RunningQuery
  cancel(reason: PolyprovError): void
}

const catalogOf = (state: EngineState): Catalog => ({
  base: state.base,
  sources: [...state.connectors.values()].map(plannable),
})

/** The source that a connector is to the planner: what it cannot execute is not pushed to it. */
const plannable = (connector: Connector): Source =>
  connector.push === undefined || connector.execute !== undefined
    ? connector
    : Object.create(connector, { push: { value: undefined } })

export async function runQuery(text: string, options: QueryOptions, state: EngineState): Promise<Execution> {
  const { execution } = await start(text, options, state)
  return execution
}

/** The plan as people read it; with `analyze` the query runs to its end first, and every step says what it did. */
export async function explainQuery(
  text: string,
  options: QueryOptions & { readonly analyze?: boolean },
  state: EngineState,
): Promise<Explanation> {
  if (options.analyze !== true) {
    const catalog = catalogOf(state)
    const { planned } = state.prepare(text, options, catalog)
    return explain(planned, catalog)
  }
  const { execution, prepared, trace } = await start(text, options, state)
  if (execution.kind !== 'boolean') for await (const _ of execution.blocks);
  return explain(prepared.planned, catalogOf(state), (plan) => trace.nodes.get(plan))
}

async function start(text: string, options: QueryOptions, state: EngineState) {
  if (state.running.size >= state.limits.queries) {
    throw new PolyprovError('busy', `${state.limits.queries} queries are running already: try again in a moment`)
  }
  const started = performance.now()
  const base = beginQuery(state)
  const catalog = catalogOf(state)
  const prepared = state.prepare(text, options, catalog)
  if (prepared.tail) checkServices(prepared.query.plan, state.limits.service)
  const trace = createTrace()
  const { signal, cancel, end } = lifetime(options, state)
  const id = randomUUID()
  let rows = 0
  const startedAt = new Date()
  state.running.set(id, {
    info: () => ({ id, text, startedAt, rows, waitingFor: [...trace.waitingFor] }),
    cancel,
  })
  const finish = () => {
    state.running.delete(id)
    context.memory.close()
    end()
  }
  // Also where nobody ever asked for the rows: the deadline ends the query then.
  signal.addEventListener('abort', finish, { once: true })
  const context = contextFor(prepared, catalog, base, trace, signal, options, state)
  let ended: number | undefined
  const info = {
    id,
    stats: (): Stats => ({
      stores: trace.stores(),
      rows,
      milliseconds: {
        planning: round(prepared.planning),
        total: round((ended ?? performance.now()) - started),
      },
      tail: prepared.tail,
    }),
    warnings: () => trace.warnings,
  }
  async function* watched<Element extends { readonly length: number }>(
    blocks: AsyncIterable<Element>,
  ): AsyncGenerator<Element> {
    try {
      for await (const block of abortable(blocks, signal)) {
        rows += block.length
        yield block
      }
    } finally {
      ended = performance.now()
      finish()
    }
  }
  try {
    const run = prepared.tail ? throughTail(prepared, catalog, options, state) : execute
    const execution = await answer(prepared, run, context, info, watched)
    return { execution, prepared, trace }
  } catch (error) {
    finish()
    throw error
  }
}

type Watch = <Element extends { readonly length: number }>(blocks: AsyncIterable<Element>) => AsyncGenerator<Element>
type Info = Pick<Execution, 'id' | 'stats' | 'warnings'>

async function answer(
  { query, planned }: Prepared,
  execute: Execute,
  context: QueryContext,
  info: Info,
  watched: Watch,
): Promise<Execution> {
  const { form } = query
  switch (form.kind) {
    case 'select':
      return {
        ...info,
        kind: 'bindings',
        variables: form.variables,
        blocks: watched(termRows(execute(planned.plan, context), form.variables, context)),
      }
    case 'ask': {
      let value = false
      for await (const batch of watched(execute(planned.plan, context))) {
        if (batch.length === 0) continue
        value = true
        break
      }
      return { ...info, kind: 'boolean', value }
    }
    case 'construct':
      return {
        ...info,
        kind: 'quads',
        prefixes: query.prefixes,
        blocks: watched(construct(execute(planned.plan, context), form.template, context)),
      }
    case 'describe':
      return {
        ...info,
        kind: 'quads',
        prefixes: query.prefixes,
        blocks: watched(describe(query, planned.plan, context, execute)),
      }
  }
}

/** The executor, but for the query's own plan, which the long tail answers. */
function throughTail({ query }: Prepared, catalog: Catalog, options: QueryOptions, state: EngineState): Execute {
  return (plan, context, bindings) => {
    if (plan !== query.plan) return execute(plan, context, bindings)
    const planPattern = (pattern: Pattern) => context.plan(useDataset({ ...query, plan: pattern }, options).plan)
    return runTail({ plan, base: query.base ?? state.base, planPattern, catalog }, context, state.tailWorkers)
  }
}

function contextFor(
  { query }: Prepared,
  catalog: Catalog,
  base: BaseDictionary | undefined,
  trace: Trace,
  signal: AbortSignal,
  options: QueryOptions,
  state: EngineState,
): QueryContext {
  const { evaluation, newSolution } = evaluationContext(query.base ?? state.base, signal)
  const planInner = (plan: Plan): Plan =>
    optimise(plan, catalog, options.without === undefined ? {} : { without: options.without }).plan
  const memory = createMemoryBudget(state.limits.memory, state.memory)
  return {
    dictionary: createTermTable(base, memory),
    signal,
    trace,
    evaluation,
    newSolution,
    partial: options.partial === true,
    verify: options.verify === true,
    memory,
    connectors: state.connectors,
    plan: planInner,
    planAlone: (plan, source) =>
      optimise(plan, { ...catalog, sources: catalog.sources.filter(({ id }) => id === source) }, { without: ['all'] })
        .plan,
    branches: new Map(),
  }
}

/** The embedded provenance store's dictionary as the query will read it. */
function beginQuery(state: EngineState): BaseDictionary | undefined {
  for (const connector of state.connectors.values()) {
    if (connector.role === 'provenance') return connector.dictionary?.()
  }
  return undefined
}

/** One signal for the caller's, the deadline and cancellation from elsewhere. */
function lifetime(options: QueryOptions, state: EngineState) {
  const controller = new AbortController()
  // Every request under way listens to it: many are no leak.
  setMaxListeners(0, controller.signal)
  const timeout = options.timeout ?? state.limits.timeout
  const timer = setTimeout(() => {
    controller.abort(new PolyprovError('timeout', `The query did not end within ${timeout} ms`))
  }, timeout)
  const abort = () => {
    const reason: unknown = options.signal?.reason
    controller.abort(
      reason instanceof PolyprovError
        ? reason
        : new PolyprovError('cancelled', 'The query was cancelled', { cause: reason }),
    )
  }
  if (options.signal?.aborted === true) abort()
  else options.signal?.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    cancel: (reason: PolyprovError) => controller.abort(reason),
    end() {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', abort)
    },
  }
}

const round = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000
