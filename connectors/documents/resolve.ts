import type { Pattern } from '../../planner/algebra.ts'
import { PolyprovError } from '../../planner/errors.ts'
import { iri, type Term } from '../../planner/term.ts'
import { type UnfoldOptions, unfold } from '../../planner/views/unfold.ts'
import type { View } from '../../planner/views/view.ts'
import { batchBuilder, columnOf } from '../batch.ts'
import {
  type Batch,
  type Bindings,
  type Dictionary,
  objectIri,
  type Request,
  type Resolved,
  type ResolvedBatch,
  type ResolveRequest,
} from '../connector.ts'
import { leftJoinRows } from '../left-join-rows.ts'
import { aboutObjects, EVERY, OBJECT, tooManyReadings } from '../object-patterns.ts'
import { answerOf, emptySolutions, leftJoinBatches, withReferences } from '../resolved-batches.ts'
import type { DocumentsQuery } from './compile.ts'
import { variablesOf } from './shape.ts'

/** Documents as references are met with them. */
export interface ReferencedDocuments {
  /** Whether there is a document of that locator. */
  holds(locator: string): boolean | Promise<boolean>
  execute(query: DocumentsQuery, request: Request & { readonly bindings: Batch }): AsyncIterable<Batch>
}

/**
 * The patterns answered for each reference (`collection/_id`), as if its document's IRI were the reference's own: each
 * group of patterns is executed once, however many references there are.
 */
export async function* resolveReferences(
  request: ResolveRequest,
  views: readonly View[],
  documents: ReferencedDocuments,
  options: UnfoldOptions,
  place: { readonly base: string; readonly store: string },
): AsyncGenerator<Resolved> {
  const { dictionary, locators } = request
  const builder = batchBuilder([OBJECT])
  // Several references may be to one document.
  const indexesOf = new Map<number, number[]>()
  for (const [index, locator] of locators.entries()) {
    const held = documents.holds(locator)
    if (!(typeof held === 'boolean' ? held : await held)) {
      yield { index, rows: [], error: missing(place.store, locator) }
      continue
    }
    const id = dictionary.encode(iri(objectIri(place.base, place.store, locator)))
    const indexes = indexesOf.get(id)
    if (indexes !== undefined) {
      indexes.push(index)
      continue
    }
    indexesOf.set(id, [index])
    builder.add([id])
  }
  const objects = builder.build()
  const batchesOf = (group: readonly Pattern[]) =>
    executed(group, request, objects, views, documents, options, place.store)
  if (request.batches === true) {
    yield answerOf(await joinedByColumns(request, indexesOf, batchesOf))
    return
  }
  const rows = await rowsOf(request.patterns, dictionary, batchesOf)
  const answers = new Map([...indexesOf.keys()].map((id) => [id, rows(id)]))
  for (const group of request.optional ?? []) {
    const optional = await rowsOf(group, dictionary, batchesOf)
    for (const [id, found] of answers) answers.set(id, leftJoinRows(found, optional(id)))
  }
  for (const [id, found] of answers) for (const index of indexesOf.get(id)!) yield { index, rows: found }
}

/** The solutions of all groups, without a record for any row. */
async function joinedByColumns(
  { patterns, optional, locators }: ResolveRequest,
  indexesOf: ReadonlyMap<number, readonly number[]>,
  batchesOf: (group: readonly Pattern[]) => AsyncIterable<Batch>,
): Promise<ResolvedBatch> {
  const solutions = async (group: readonly Pattern[]): Promise<ResolvedBatch> => {
    if (group.length === 0) return emptySolutions([...indexesOf.values()].flat())
    const found: Batch[] = []
    for await (const batch of batchesOf(group)) found.push(batch)
    return withReferences(found, OBJECT, indexesOf)
  }
  let rows = await solutions(patterns)
  for (const group of optional ?? []) rows = leftJoinBatches(rows, await solutions(group), locators.length)
  return rows
}

/** The rows of one group of patterns, by the id of their object. */
async function rowsOf(
  group: readonly Pattern[],
  dictionary: Dictionary,
  batchesOf: (group: readonly Pattern[]) => AsyncIterable<Batch>,
): Promise<(id: number) => readonly Bindings[]> {
  if (group.length === 0) return () => [{}]
  const rows = new Map<number, Bindings[]>()
  for await (const batch of batchesOf(group)) {
    const subjects = columnOf(batch, OBJECT)
    for (let row = 0; row < batch.length; row++) {
      const entries = batch.variables.flatMap((name, index) =>
        name === OBJECT ? [] : [[name, dictionary.decode(batch.columns[index]![row]!)] as const],
      )
      const id = subjects?.[row] ?? EVERY
      const own = rows.get(id) ?? []
      own.push(Object.fromEntries(entries) as Record<string, Term>)
      rows.set(id, own)
    }
  }
  return (id) => rows.get(id) ?? rows.get(EVERY) ?? []
}

/** The rows of one group of patterns for the objects, {@link OBJECT} among their columns where the patterns have it. */
function executed(
  group: readonly Pattern[],
  request: ResolveRequest,
  objects: Batch,
  views: readonly View[],
  documents: ReferencedDocuments,
  options: UnfoldOptions,
  store: string,
): AsyncIterable<Batch> {
  const patterns = aboutObjects(group, request)
  const members = unfold(patterns, views, options)
  if (members === undefined) throw tooManyReadings(store)
  const variables = variablesOf(patterns)
  const query = { members, variables, output: variables, conditions: [], repeating: true, distinct: false, offset: 0 }
  const { dictionary, signal, meter } = request
  return documents.execute(query, { dictionary, signal, meter, bindings: objects })
}

const missing = (store: string, locator: string): PolyprovError =>
  new PolyprovError('missing-object', `Store '${store}' holds no document '${locator}'`, { store, locator })
