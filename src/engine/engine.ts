import { randomUUID } from 'node:crypto'
import type { BaseDictionary, Batch, Connector, Dictionary } from '../../connectors/connector.ts'
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
import { execute } from './execute.ts'
import type { Guard } from './guard.ts'
import { beginLifetime, type Lifetime } from './lifetime.ts'
import type { Limits } from './limits.ts'
import { scannedOnly } from './operators/verify.ts'
import { passingFragment } from './passing.ts'
import type { Prepared, Preparer } from './prepare.ts'
import { checkServices, type ServiceAccess, serviceText } from './services.ts'
import { termRows } from './term-rows.ts'
import { createPassingTable, createTermTable } from './term-table.ts'
import { createTrace, type Trace } from './trace.ts'
import { describeFor, type Undescribed } from './undescribed.ts'

/** What queries of one polystore share. */
export interface EngineState {
  readonly base: string
  readonly connectors: ReadonlyMap<string, Connector>
  /** How each store is asked. */
  readonly guards: ReadonlyMap<string, Guard>
  readonly undescribed: Undescribed
  readonly limits: Limits
  /** What all queries together may hold. */
  readonly memory: MemoryBudget
  readonly running: Map<string, Running>
  readonly prepare: Preparer
  /** The store whose ids a query's term table takes over; that of the provenance where absent. */
  readonly dictionaryOf?: string
  /** What SERVICE asks endpoints by; absent: the global `fetch`. */
  readonly fetch?: typeof fetch
}

export interface Running {
  readonly info: () => RunningQuery
  cancel(reason: PolyprovError): void
}

/** What is planned with: the stores of which something is known. */
export const catalogOf = ({
  base,
  connectors,
  undescribed,
}: Pick<EngineState, 'base' | 'connectors'> & { readonly undescribed?: Undescribed }): Catalog => ({
  base,
  sources: [...connectors.values()].filter(({ id }) => undescribed?.failures.has(id) !== true).map(plannable),
})

/** The source that a connector is to the planner: what it cannot execute is not pushed to it. */
const plannable = (connector: Connector): Source =>
  connector.push === undefined || connector.execute !== undefined
    ? connector
    : Object.create(connector, { push: { value: undefined } })

export async function runQuery(text: string, options: QueryOptions, state: EngineState): Promise<Execution> {
  const { execution } = await start(text, options, state, answer)
  return execution
}

/** Solutions in ids, as an update reads them. */
export interface Solutions {
  readonly dictionary: Dictionary
  readonly blocks: AsyncIterable<Batch>
}

/** Runs a query whose plan binds what the asker wants, and gives its solutions as they are. */
export async function runSolutions(text: string, options: QueryOptions, state: EngineState): Promise<Solutions> {
  const { execution } = await start(text, options, state, async ({ planned }, context, _info, watched) => ({
    dictionary: context.dictionary,
    blocks: watched(execute(planned.plan, context)),
  }))
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
    return explain(planned, catalog, undefined, serviceText(catalog))
  }
  const { execution, prepared, trace } = await start(text, options, state, answer)
  if (execution.kind !== 'boolean') for await (const _ of execution.blocks);
  const catalog = catalogOf(state)
  return explain(prepared.planned, catalog, (plan) => trace.nodes.get(plan), serviceText(catalog))
}

type Answer<Result> = (prepared: Prepared, context: QueryContext, info: Info, watched: Watch) => Promise<Result>

async function start<Result>(text: string, options: QueryOptions, state: EngineState, answered: Answer<Result>) {
  if (state.running.size >= state.limits.queries) {
    throw new PolyprovError('busy', `${state.limits.queries} queries are running already: try again in a moment`)
  }
  const started = performance.now()
  const trace = createTrace({ bytes: state.limits.bytes, passed: (error) => life.cancel(error) })
  const life = beginLifetime(options, state.limits.timeout, () => trace.waitingFor)
  const { signal, cancel } = life
  const id = randomUUID()
  let rows = 0
  let memory: MemoryBudget | undefined
  const startedAt = new Date()
  state.running.set(id, {
    info: () => ({ id, text, startedAt, rows, waitingFor: [...trace.waitingFor] }),
    cancel,
  })
  const finish = () => {
    state.running.delete(id)
    memory?.close()
    life.end()
  }
  // Also where nobody ever asked for the rows: the deadline ends the query then.
  signal.addEventListener('abort', finish, { once: true })
  let ended: number | undefined
  const infoOf = ({ planning }: Prepared): Info => ({
    id,
    stats: (): Stats => ({
      stores: trace.stores(),
      rows,
      milliseconds: { planning: round(planning), total: round((ended ?? performance.now()) - started) },
    }),
    warnings: () => trace.warnings,
  })
  async function* watched<Element extends { readonly length: number }>(
    blocks: AsyncIterable<Element>,
  ): AsyncGenerator<Element> {
    try {
      for await (const block of abortable(blocks, signal)) {
        rows += block.length
        if (rows > state.limits.rows) throw tooManyRows(state.limits.rows)
        yield block
      }
    } finally {
      ended = performance.now()
      finish()
    }
  }
  try {
    const { catalog, prepared } = await prepareKnown(text, options, state, trace, signal)
    checkServices(prepared.query.plan, state.limits.service, catalog)
    const context = contextFor(prepared, catalog, beginQuery(state), trace, life, options, state)
    memory = context.memory
    const execution = await answered(prepared, context, infoOf(prepared), watched)
    return { execution, prepared, trace }
  } catch (error) {
    finish()
    throw error
  }
}

/** The query planned; stores that it needs and that nothing is known of are described first. */
async function prepareKnown(
  text: string,
  options: QueryOptions,
  state: EngineState,
  trace: Trace,
  signal: AbortSignal,
): Promise<{ readonly catalog: Catalog; readonly prepared: Prepared }> {
  const catalog = catalogOf(state)
  const prepared = state.prepare(text, options, catalog)
  const { connectors, undescribed } = state
  if (undescribed.failures.size === 0) return { catalog, prepared }
  const query = { signal, trace, partial: options.partial === true }
  const isMoreKnown = await describeFor(prepared.query.plan, catalog, connectors, undescribed, query)
  if (!isMoreKnown) return { catalog, prepared }
  const whole = catalogOf(state)
  return { catalog: whole, prepared: state.prepare(text, options, whole) }
}

const tooManyRows = (most: number): PolyprovError =>
  new PolyprovError('limit', `The query has more than ${most} rows: add a LIMIT, or raise limits.rows`)

type Watch = <Element extends { readonly length: number }>(blocks: AsyncIterable<Element>) => AsyncGenerator<Element>
type Info = Pick<Execution, 'id' | 'stats' | 'warnings'>

async function answer(
  { query, planned }: Prepared,
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

function contextFor(
  { query, planned }: Prepared,
  catalog: Catalog,
  base: BaseDictionary | undefined,
  trace: Trace,
  { signal, deadline }: Lifetime,
  options: QueryOptions,
  state: EngineState,
): QueryContext {
  const { evaluation, newSolution } = evaluationContext(query.base ?? state.base, signal)
  const planOptions = options.without === undefined ? {} : { without: options.without }
  const only = (source: string): Catalog => ({ ...catalog, sources: catalog.sources.filter(({ id }) => id === source) })
  const memory = createMemoryBudget(state.limits.memory, state.memory)
  const isPassing = query.form.kind === 'select' && options.verify !== true
  const passing = isPassing ? passingFragment(planned.plan, state.connectors) : undefined
  return {
    dictionary: passing === undefined ? createTermTable(base, memory) : createPassingTable(base, memory),
    ...(passing === undefined ? {} : { passing }),
    signal,
    trace,
    evaluation,
    newSolution,
    partial: options.partial === true,
    verify: options.verify === true,
    memory,
    connectors: state.connectors,
    guards: state.guards,
    deadline,
    plan: (plan) => optimise(plan, catalog, planOptions).plan,
    planAlone: (plan, source) => optimise(plan, scannedOnly(only(source)), { without: ['all'] }).plan,
    planWithin: (plan, source) => optimise(plan, only(source), planOptions).plan,
    services: serviceAccess(options, state),
    branches: new Map(),
  }
}

function serviceAccess(options: QueryOptions, { limits, fetch }: EngineState): ServiceAccess {
  const timeout = options.timeout ?? limits.timeout
  let answers = 0
  return {
    policy: limits.service,
    timeout,
    silentTimeout: Math.ceil(timeout / 2),
    mostBytes: limits.memory,
    ...(fetch === undefined ? {} : { fetch }),
    next: () => ++answers,
  }
}

/** The embedded store's dictionary as the query will read it. */
function beginQuery({ connectors, dictionaryOf }: EngineState): BaseDictionary | undefined {
  if (dictionaryOf !== undefined) return connectors.get(dictionaryOf)?.dictionary?.()
  for (const connector of connectors.values()) {
    if (connector.role === 'provenance') return connector.dictionary?.()
  }
  return undefined
}

const round = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000
