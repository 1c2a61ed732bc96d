import type { Plan } from '../../planner/algebra.ts'
import { group, order, project, slice, variableExpression } from '../../planner/constructors.ts'
import { PolyprovError } from '../../planner/errors.ts'
import { XSD } from '../../planner/namespaces.ts'
import type { Term } from '../../planner/term.ts'
import { variablesOf } from '../../planner/variables.ts'
import { encodeLabel } from '../../planner/views/encoding.ts'
import { BATCH_ROWS, batchBuilder } from '../batch.ts'
import type { Batch, Request } from '../connector.ts'
import { concurrently } from '../objects/concurrently.ts'
import { joinKeys, writableKeys } from './bind.ts'
import { nameOf, type SparqlConfig } from './config.ts'
import type { Dialect } from './dialect.ts'
import type { Access, Answer } from './http.ts'
import type { JsonRow } from './results-json.ts'
import { askRows, termOf } from './rows.ts'
import { isOrdered } from './takes.ts'
import { type WriteOptions, type WrittenQuery, writeQuery } from './write.ts'
import { writeTerm } from './write-term.ts'

/** An endpoint as it is known: its dialect may be learned further as it answers. */
export interface Endpoint {
  readonly config: SparqlConfig
  readonly access?: Access
  /** Of the query that asks: what relative IRIs that expressions make are resolved against. */
  readonly base?: string
  readonly dialect: Dialect
  learn(more: Partial<Dialect>): void
  /** A number for each answer. */
  next(): number
  /** Most rows of an answer so far: at fewer none is cut. */
  longest?: number
}

/** The query for a plan in the endpoint's dialect. */
export const queryFor = (
  plan: Plan,
  { config, dialect, base }: Pick<Endpoint, 'config' | 'dialect' | 'base'>,
): WrittenQuery => writeQuery(plan, config.graph, { ...writeOptions(dialect), ...(base === undefined ? {} : { base }) })

function writeOptions({ defaultGraph, strings }: Dialect): WriteOptions {
  const distinct = strings === 'distinct'
  return {
    distinctPatterns: defaultGraph === 'union' || distinct,
    ...(distinct ? { alternatives: bothStrings } : {}),
  }
}

/** A string as RDF 1.0 may have it: with a datatype or without. */
const bothStrings = (term: Term): readonly string[] | undefined =>
  term.termType === 'Literal' && term.language === '' && term.datatype.value === `${XSD}string`
    ? [writeTerm(term), `${writeTerm(term)}^^<${XSD}string>`]
    : undefined

/** The solutions of a plan, restricted to the bindings where those can be written down. */
export async function* executePlan(
  plan: Plan,
  endpoint: Endpoint,
  request: Request & { readonly bindings?: Batch },
): AsyncGenerator<Batch> {
  const { config, dialect } = endpoint
  const own = scopeOf(config)
  const keys =
    request.bindings === undefined
      ? undefined
      : writableKeys(plan, request.bindings, request.dictionary, dialect, (label) => label.startsWith(own))
  if (keys === undefined) {
    yield* answerOf(plan, endpoint, request)
    return
  }
  const blocks = Array.from({ length: Math.ceil(keys.rows.length / dialect.keys) }, (_, index) => ({
    ...keys,
    rows: keys.rows.slice(index * dialect.keys, (index + 1) * dialect.keys),
  }))
  if (blocks.length === 1) yield* answerOf(joinKeys(plan, blocks[0]!), endpoint, request)
  else {
    const answers = concurrently(blocks, config.concurrency, request.signal, async (block) => {
      const batches: Batch[] = []
      for await (const batch of answerOf(joinKeys(plan, block), endpoint, request)) batches.push(batch)
      return batches
    })
    for await (const batches of answers) yield* batches
  }
}

/** Before the labels of the endpoint's blank nodes. */
const scopeOf = ({ id }: SparqlConfig): string => `${encodeLabel(id)}.`

/** One answer, or its pages where it is known that an answer has a most of rows. */
async function* answerOf(plan: Plan, endpoint: Endpoint, request: Request): AsyncGenerator<Batch> {
  const { maxRows } = endpoint.dialect
  if (maxRows === undefined || (plan.kind === 'slice' && plan.limit !== undefined && plan.limit < maxRows)) {
    yield* onePage(plan, endpoint, request)
    return
  }
  const ordered = isOrdered(plan) ? plan : byAll(plan)
  for (let offset = 0; ; offset += maxRows) {
    let count = 0
    for await (const batch of onePage(slice(ordered, offset, maxRows), endpoint, request)) {
      count += batch.length
      yield batch
    }
    if (count > maxRows) throw pagesWrongly(endpoint.config, maxRows)
    if (count < maxRows) return
  }
}

const pagesWrongly = (config: SparqlConfig, most: number): PolyprovError =>
  new PolyprovError(
    'store-failed',
    `The ${nameOf(config)} gives more than the ${most} rows that a page has: ask for less at once`,
    { store: config.id },
  )

/** In some order that every page has. */
const byAll = (plan: Plan): Plan => {
  const names = variablesOf(plan)
  const keys = names.map((name) => ({ expression: variableExpression(name), descending: false }))
  return project(order(plan, keys), names)
}

async function* onePage(plan: Plan, endpoint: Endpoint, request: Request): AsyncGenerator<Batch> {
  const { config, dialect } = endpoint
  const { signal, meter, dictionary } = request
  const written = queryFor(plan, endpoint)
  const variables = [...written.columns.values()]
  const columns = [...written.columns.keys()]
  const scope = dialect.labels === 'stable' ? scopeOf(config) : `${scopeOf(config)}${endpoint.next()}.`
  const builder = batchBuilder(variables)
  const rows = askRows(config, written.text, { ...endpoint.access, signal, meter, method: dialect.method })
  let count = 0
  let answer: Answer | undefined
  const encode = (row: JsonRow) =>
    builder.add(
      columns.map((name) => {
        const value = row[name]
        return value === undefined ? 0 : dictionary.encode(termOf(value, scope))
      }),
    )
  try {
    while (answer === undefined) {
      const next = await rows.next()
      if (next.done === true) answer = next.value
      else {
        count += next.value.length
        for (const row of next.value) {
          encode(row)
          if (builder.length >= BATCH_ROWS) yield builder.build()
        }
        if (builder.length > 0) yield builder.build()
      }
    }
  } finally {
    await rows.return(undefined as never)
  }
  await refuseCut(plan, count, answer, endpoint, request)
}

/** Numbers of rows at which answers are cut are round ones. */
const isRound = (count: number): boolean => count >= 1_000 && (count % 500 === 0 || Number.isInteger(Math.log2(count)))

/**
 * An answer that the endpoint cut without a word must not pass for a whole one. Where its length is suspicious, one
 * more row is asked for.
 */
async function refuseCut(plan: Plan, count: number, answer: Answer, endpoint: Endpoint, request: Request) {
  const { config, dialect } = endpoint
  if (dialect.maxRows !== undefined || (plan.kind === 'slice' && plan.limit === count)) return
  const told = answer.headers.get('x-sparql-maxrows')
  const isSuspicious = isRound(count) && count >= (endpoint.longest ?? 0)
  endpoint.longest = Math.max(endpoint.longest ?? 0, count)
  const isCut = told === null ? isSuspicious && (await hasMore(plan, count, endpoint, request)) : count >= Number(told)
  if (!isCut) return
  endpoint.learn({ maxRows: count })
  throw new PolyprovError(
    'store-failed',
    `The ${nameOf(config)} cuts its answers after ${count} rows: ask for less at once, or again, page by page (of a store quirks.maxRows: ${count} does that from the start)`,
    { store: config.id },
  )
}

/** Whether the endpoint itself counts more rows: OFFSET is not to be trusted without an order. */
async function hasMore(plan: Plan, count: number, endpoint: Endpoint, { signal, meter }: Request): Promise<boolean> {
  const { config, dialect } = endpoint
  const written = queryFor(group(plan, [], [{ variable: '.rows', function: 'count', distinct: false }]), endpoint)
  const [column] = written.columns.keys()
  const options = { ...endpoint.access, signal, meter, method: dialect.method }
  for await (const rows of askRows(config, written.text, options)) {
    const counted = rows[0]?.[column!]
    if (counted !== undefined) return Number(counted.value) > count
  }
  return true
}
