import type { Batch, Connector, Resolved, ResolveRequest } from '../../../connectors/connector.ts'
import type { Resolve, VariableName } from '../../../planner/algebra.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import type { Term } from '../../../planner/term.ts'
import { variablesOf, variablesOfPattern } from '../../../planner/variables.ts'
import { abortable } from '../abortable.ts'
import type { QueryContext } from '../context.ts'
import type { Execute } from '../execute.ts'
import { createTable, streamOf, type Table } from '../table.ts'
import { distinctKeys } from './bind-join.ts'
import { blocksOf } from './blocks.ts'
import { storeError } from './fragment.ts'
import { joinWithTable } from './join.ts'
import { resolveByScan } from './resolve-by-scan.ts'

/** Meets data references in the stores that hold them: one request a store and block, rows joined back. */
export async function* resolve(
  plan: Resolve,
  context: QueryContext,
  bindings: Batch | undefined,
  execute: Execute,
): AsyncGenerator<Batch> {
  const inputVariables = variablesOf(plan.input)
  const input = execute(plan.input, context, bindings)
  for await (const block of blocksOf(input, inputVariables, { first: 1_000, most: 16_000 }, context)) {
    const answers = await answersFor(block, plan, context)
    const form = plan.patterns.length === 0 ? 'left' : 'inner'
    yield* joinWithTable(streamOf(block), inputVariables, answers, form, undefined, context)
    answers.release()
    block.release()
  }
}

interface Reference {
  readonly locator: string
  readonly term: Term
  /** The ids by which its rows are joined back: store, locator, and the reference where it is a variable. */
  readonly key: readonly number[]
}

async function answersFor(block: Table, plan: Resolve, context: QueryContext): Promise<Table> {
  const keyVariables: VariableName[] = [plan.store, plan.locator]
  if (plan.reference.termType === 'Variable') keyVariables.push(plan.reference.value)
  const patternVariables = [...new Set([...plan.patterns, ...plan.optional.flat()].flatMap(variablesOfPattern))].filter(
    (name) => !keyVariables.includes(name),
  )
  const answers = createTable([...keyVariables, ...patternVariables], context.memory)
  const byStore = groupByStore(distinctKeys(block, keyVariables, context), plan, context)
  await Promise.all(
    [...byStore].map(async ([store, references]) => {
      for await (const resolved of askStore(store, references, plan, context)) {
        const reference = references[resolved.index]!
        for (const row of resolved.rows) {
          const ids = patternVariables.map((name) => {
            const term = row[name]
            return term === undefined ? 0 : context.dictionary.encode(term)
          })
          answers.appendRow([...reference.key, ...ids])
        }
      }
    }),
  )
  return answers
}

function groupByStore(keys: Batch, plan: Resolve, context: QueryContext): ReadonlyMap<string, Reference[]> {
  const groups = new Map<string, Reference[]>()
  for (let row = 0; row < keys.length; row++) {
    const key = keys.columns.map((column) => column[row]!)
    if (key[0] === 0 || key[1] === 0) continue
    const store = context.dictionary.decode(key[0]!).value
    const term = plan.reference.termType === 'Variable' ? context.dictionary.decode(key[2]!) : plan.reference
    const reference = { locator: context.dictionary.decode(key[1]!).value, term, key }
    const group = groups.get(store)
    if (group === undefined) groups.set(store, [reference])
    else group.push(reference)
  }
  return groups
}

async function* askStore(
  store: string,
  references: readonly Reference[],
  plan: Resolve,
  context: QueryContext,
): AsyncGenerator<Resolved> {
  const connector = [...context.connectors.values()].find((each) => each.iri === store)
  if (connector === undefined) {
    giveUp(unknownStore(store, references[0]!), context)
    return
  }
  // A registered store that has no such header terms has no such triples.
  if (!plan.sources.includes(connector.id)) return
  const meter = context.trace.meter(connector.id, plan)
  meter.waiting(true)
  const asked = performance.now()
  try {
    for await (const resolved of abortable(request(connector, references, plan, context), context.signal)) {
      if (resolved.error !== undefined) giveUp(storeError(resolved.error, connector.id), context)
      else meter.rows(resolved.rows.length)
      yield resolved
    }
  } catch (error) {
    giveUp(storeError(error, connector.id), context)
  } finally {
    meter.waiting(false)
    meter.waited(performance.now() - asked)
  }
}

function request(
  connector: Connector,
  references: readonly Reference[],
  plan: Resolve,
  context: QueryContext,
): AsyncIterable<Resolved> {
  const asked: ResolveRequest = {
    locators: references.map(({ locator }) => locator),
    references: references.map(({ term }) => term),
    patterns: plan.patterns,
    optional: plan.optional,
    reference: plan.reference,
    dictionary: context.dictionary,
    signal: context.signal,
    meter: context.trace.meter(connector.id, plan),
  }
  return connector.resolve?.(asked) ?? resolveByScan(connector, asked, context)
}

/** With `partial` a lost store or object is a warning; else the query ends. */
function giveUp(error: PolyprovError, context: QueryContext): void {
  if (!context.partial || error.kind !== 'source') throw error
  if (!context.trace.warnings.includes(error.message)) context.trace.warnings.push(error.message)
}

const unknownStore = (store: string, reference: Reference): PolyprovError =>
  new PolyprovError(
    'unknown-store',
    `The data reference ${reference.term.value} is kept in the store ${store}, which is not registered (locator ${reference.locator})`,
    { store, locator: reference.locator },
  )
