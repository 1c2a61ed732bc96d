import { columnOf, pickRows } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { SparqlConfig } from '../../../connectors/sparql/config.ts'
import { STANDARD } from '../../../connectors/sparql/dialect.ts'
import { executePlan } from '../../../connectors/sparql/execute.ts'
import type { Service, VariableName } from '../../../planner/algebra.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { isDivisible } from '../../../planner/services.ts'
import type { Term } from '../../../planner/term.ts'
import { variablesOf } from '../../../planner/variables.ts'
import type { QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import { storeError } from '../guard.ts'
import { pipelined } from '../pipelined.ts'
import { checkAllowed, checkEndpoint, SERVICE_ACCESS } from '../services.ts'
import { giveUp, rowsOf } from '../store-rows.ts'
import { collect, createTable } from '../table.ts'
import { joinName } from './join-name.ts'
import { sendable } from './service-pattern.ts'

const RETRIES = 2

/**
 * SERVICE: what endpoints say of a pattern (SPARQL 1.1 Federated Query). Keys of `bindings` that the pattern certainly
 * binds are sent along in VALUES, blank nodes never. The IRI of a registered store asks that store, in this process.
 */
export async function* service(
  plan: Service,
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  const { endpoint } = plan
  if (endpoint.termType === 'NamedNode') {
    yield* fromEndpoint(plan, endpoint, context, bindings, execute)
    return
  }
  const groups = byEndpoint(endpoint.value, bindings, context)
  if (groups.length === 1) {
    yield* fromEndpointNamed(groups[0]!, plan, context, execute)
    return
  }
  const answers = pipelined(listed(groups), SERVICE_ACCESS.concurrency, (group) =>
    collect(fromEndpointNamed(group, plan, context, execute), variablesOf(plan), context.memory),
  )
  for await (const table of answers) {
    yield* table.batches()
    table.release()
  }
}

/** An endpoint that the rest of the query named, and the keys to ask it for. */
interface Group {
  readonly name: VariableName
  readonly id: number
  readonly keys: Batch
}

function byEndpoint(name: VariableName, bindings: Batch | undefined, context: QueryContext): readonly Group[] {
  const column = bindings === undefined ? undefined : columnOf(bindings, name)
  if (bindings === undefined || column === undefined || column.subarray(0, bindings.length).includes(0)) {
    throw new PolyprovError(
      'query-semantics',
      `SERVICE ?${name} knows no endpoint: bind ?${name} in its group, before any OPTIONAL or LIMIT, or name the endpoint by its IRI`,
    )
  }
  const rows = new Map<number, number[]>()
  for (let row = 0; row < bindings.length; row++) {
    const known = rows.get(column[row]!)
    if (known === undefined) rows.set(column[row]!, [row])
    else known.push(row)
  }
  context.signal.throwIfAborted()
  return [...rows].map(([id, own]) => ({ name, id, keys: pickRows(bindings, own) }))
}

async function* listed<Element>(elements: readonly Element[]): AsyncGenerator<Element> {
  yield* elements
}

/** An endpoint's rows with its name; where the pattern has a variable of that name, only those that agree. */
async function* fromEndpointNamed(
  { name, id, keys }: Group,
  plan: Service,
  context: QueryContext,
  execute: Execute,
): AsyncGenerator<Batch> {
  const names = variablesOf(plan)
  for await (const batch of fromEndpoint(plan, context.dictionary.decode(id), context, keys, execute)) {
    yield joinName(batch, name, id, names)
  }
}

/** The rows of one endpoint; of a SILENT one that fails a single row that binds nothing, and no part of its answer. */
async function* fromEndpoint(
  plan: Service,
  endpoint: Term,
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  const local = [...context.connectors.values()].find(({ iri }) => iri === endpoint.value)
  const rows = () =>
    local === undefined
      ? fromRemote(plan, endpoint, context, bindings)
      : fromStore(plan, local.id, context, bindings, execute)
  if (!plan.silent) {
    yield* rows()
    return
  }
  const variables = variablesOf(plan.pattern)
  const table = await silently(() => collect(rows(), variables, context.memory), endpoint, context)
  if (table === undefined) {
    const alone = createTable(variables, context.memory)
    alone.appendRow(variables.map(() => 0))
    yield* alone.batches()
    alone.release()
    return
  }
  yield* table.batches()
  table.release()
}

async function silently<Value>(
  ask: () => Promise<Value>,
  endpoint: Term,
  { trace }: QueryContext,
): Promise<Value | undefined> {
  try {
    return await ask()
  } catch (error) {
    const failure = error instanceof PolyprovError ? error : undefined
    if (failure === undefined || (failure.kind !== 'source' && failure.code !== 'query-semantics')) throw error
    const warning = `SERVICE SILENT <${endpoint.value}> failed: ${failure.message}`
    if (!trace.warnings.includes(warning)) trace.warnings.push(warning)
    return undefined
  }
}

async function* fromRemote(
  plan: Service,
  term: Term,
  context: QueryContext,
  bindings: Batch | undefined,
): AsyncGenerator<Batch> {
  const { services, dictionary } = context
  if (term.termType === 'NamedNode') checkAllowed(term.value, services.policy)
  const endpoint = checkEndpoint(term)
  const config: SparqlConfig = {
    id: endpoint,
    type: 'sparql',
    endpoint,
    headers: {},
    timeout: plan.silent ? services.silentTimeout : services.timeout,
    retries: RETRIES,
    concurrency: SERVICE_ACCESS.concurrency,
    quirks: {},
  }
  const meter = context.trace.meter(endpoint, plan)
  const keys = bindings !== undefined && isDivisible(plan) ? { bindings } : {}
  const asked = {
    config,
    dialect: { ...STANDARD, keys: SERVICE_ACCESS.batch },
    access: { mostBytes: services.mostBytes, ...(services.fetch === undefined ? {} : { fetch: services.fetch }) },
    learn: () => {},
    ...(context.evaluation.base === undefined ? {} : { base: context.evaluation.base }),
    next: services.next,
  }
  const pattern = sendable(plan.pattern)
  const open = (signal: AbortSignal) => executePlan(pattern, asked, { dictionary, signal, meter, ...keys })
  try {
    for await (const batch of rowsOf(endpoint, { meter, isHere: false, open }, context)) {
      meter.rows(batch.length)
      yield batch
    }
  } catch (error) {
    const failure = storeError(error, endpoint)
    if (plan.silent) throw failure
    giveUp(failure, context)
  }
}

/** The pattern over the one store, its own default graph and its own named graphs. */
async function* fromStore(
  plan: Service,
  store: string,
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  const { leaf: _, ...outside } = context
  const inside = { ...outside, plan: (logical: Service['pattern']) => context.planWithin(logical, store) }
  const keys = isDivisible(plan) ? bindings : undefined
  yield* execute(inside.plan(plan.pattern), inside, keys)
}
