import { alignBatch, batchBuilder } from '../../../connectors/batch.ts'
import type { Batch, Bindings, Connector, ScanRequest } from '../../../connectors/connector.ts'
import type { Fragment, Pattern, Plan, VariableName } from '../../../planner/algebra.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { type Term, variable } from '../../../planner/term.ts'
import { variablesOf } from '../../../planner/variables.ts'
import type { QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import { storeError } from '../guard.ts'
import { giveUp, rowsOf } from '../store-rows.ts'
import { distinct } from './distinct.ts'
import { project } from './project.ts'
import { verified } from './verify.ts'

/** A fragment's rows from its store: the native query where there is one, else a scan of its one pattern. */
export function fragment(
  plan: Fragment,
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  const rows = nativeRows(plan, context, bindings, execute)
  return context.verify ? verified(rows, plan, context, bindings, execute) : rows
}

async function* nativeRows(
  plan: Fragment,
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  const connector = context.connectors.get(plan.source)
  if (connector === undefined) {
    throw new PolyprovError('unknown-store', `The store ${plan.source} was removed while the query ran`, {
      store: plan.source,
    })
  }
  const variables = variablesOf(plan)
  const meter = context.trace.meter(plan.source, plan)
  const isHere = plan.native.language === 'algebra'
  const open = (signal: AbortSignal): AsyncIterable<Batch> => {
    const request = {
      dictionary: context.dictionary,
      signal,
      meter,
      ...(bindings === undefined ? {} : { bindings }),
    }
    // A store in this process has no requests of its own to count: each visit is one.
    if (isHere) meter.request()
    if (plan.native.language === 'scan') return scanOf(plan.plan, connector, request, context)
    return connector.execute!(plan.native, {
      ...request,
      ...(context.passing === plan ? { passing: true } : {}),
      evaluate: (inner: Plan, leaf) => execute(inner, { ...context, leaf }, bindings),
    })
  }
  try {
    for await (const batch of rowsOf(plan.source, { meter, open, isHere }, context)) {
      meter.rows(batch.length)
      yield alignBatch(batch, variables)
    }
  } catch (error) {
    giveUp(storeError(error, plan.source), context)
  }
}

/** What a store that only knows patterns says to a leaf: a pattern itself, or the graphs that its quads are in. */
function scanOf(
  leaf: Plan,
  connector: Connector,
  request: Omit<ScanRequest, 'pattern'>,
  context: QueryContext,
): AsyncGenerator<Batch> {
  if (leaf.kind !== 'graphs') return scan(connector, { ...request, pattern: leaf as Pattern }, context)
  const pattern: Pattern = {
    kind: 'pattern',
    subject: variable('.s'),
    predicate: variable('.p'),
    object: variable('.o'),
    graph: leaf.graph,
  }
  const variables = variablesOf(leaf)
  return distinct(project(scan(connector, { ...request, pattern }, context), variables), variables, context)
}

/** The solutions of a pattern; constants that the store left unchecked are seen to. */
export async function* scan(connector: Connector, request: ScanRequest, context: QueryContext): AsyncGenerator<Batch> {
  const variables = variablesOf(request.pattern)
  const checks = constantsOf(request.pattern, context)
  for await (const rows of connector.scan(request)) {
    const batch = isBatch(rows) ? rows : encode(rows, [...variables, ...checks.map(({ name }) => name)], context)
    yield keepMatching(batch, variables, checks)
  }
}

const isBatch = (rows: Batch | readonly Bindings[]): rows is Batch => !Array.isArray(rows)

function encode(rows: readonly Bindings[], names: readonly VariableName[], context: QueryContext): Batch {
  const builder = batchBuilder(names)
  for (const row of rows) {
    builder.add(names.map((name) => encodeTerm(row[name], context)))
  }
  return builder.build()
}

const encodeTerm = (term: Term | undefined, context: QueryContext): number =>
  term === undefined ? 0 : context.dictionary.encode(term)

interface Check {
  readonly name: VariableName
  readonly id: number
}

/** The constant positions of a pattern, as the columns that a store may leave unchecked. */
function constantsOf(pattern: Pattern, context: QueryContext): readonly Check[] {
  return (['subject', 'predicate', 'object', 'graph'] as const).flatMap((position) => {
    const term = pattern[position]
    if (term.termType === 'Variable' || term.termType === 'DefaultGraph') return []
    return [{ name: `.${position}`, id: context.dictionary.encode(term) }]
  })
}

/** Rows whose unchecked constants agree; a column that the store left out was checked by it. */
function keepMatching(batch: Batch, variables: readonly VariableName[], checks: readonly Check[]): Batch {
  const columns = checks.flatMap(({ name, id }) => {
    const index = batch.variables.indexOf(name)
    return index < 0 ? [] : [{ column: batch.columns[index]!, id }]
  })
  const aligned = alignBatch(batch, variables)
  if (columns.length === 0) return aligned
  const builder = batchBuilder(variables)
  for (let row = 0; row < batch.length; row++) {
    if (columns.every(({ column, id }) => column[row] === 0 || column[row] === id)) {
      builder.add(aligned.columns.map((column) => column[row]!))
    }
  }
  return builder.build()
}
