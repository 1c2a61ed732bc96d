import type { Pattern } from '../../planner/algebra.ts'
import { PolyprovError } from '../../planner/errors.ts'
import { iri, type PatternTerm, type Term, termKey, variable } from '../../planner/term.ts'
import { type UnfoldOptions, unfold } from '../../planner/views/unfold.ts'
import type { View } from '../../planner/views/view.ts'
import { batchBuilder } from '../batch.ts'
import { type Batch, type Bindings, objectIri, type Resolved, type ResolveRequest } from '../connector.ts'
import { leftJoinRows } from '../left-join-rows.ts'
import { variablesOf } from './compile.ts'
import { execute, type Stored } from './execute.ts'

/** A name that no query can write: the document as an object of its store. */
const OBJECT = '.object'

/**
 * The patterns answered for each reference (`collection/_id`), as if its document's IRI were the reference's own: one
 * request a collection and view, however many references there are.
 */
export async function* resolveReferences(
  request: ResolveRequest,
  views: readonly View[],
  stored: Stored,
  options: UnfoldOptions,
  place: { readonly base: string; readonly store: string },
): AsyncGenerator<Resolved> {
  const { dictionary, locators } = request
  const builder = batchBuilder([OBJECT])
  const indexOf = new Map<number, number>()
  for (const [index, locator] of locators.entries()) {
    if (!(await isStored(locator, stored))) {
      yield { index, rows: [], error: missing(place.store, locator) }
      continue
    }
    const id = dictionary.encode(iri(objectIri(place.base, place.store, locator)))
    indexOf.set(id, index)
    builder.add([id])
  }
  const indexes = [...indexOf.values()]
  const objects = builder.build()
  const rows = await rowsOf(request.patterns, request, objects, indexOf, views, stored, options, place.store)
  const answers = new Map(indexes.map((index) => [index, rows(index)]))
  // The documents are fetched: OPTIONAL groups read them again, and ask for nothing more.
  const fetched = { ...request, meter: { ...request.meter, request: () => {}, bytes: () => {} } }
  for (const group of request.optional ?? []) {
    const optional = await rowsOf(group, fetched, objects, indexOf, views, stored, options, place.store)
    for (const [index, found] of answers) answers.set(index, leftJoinRows(found, optional(index)))
  }
  for (const [index, found] of answers) yield { index, rows: found }
}

/** The rows of one group of patterns, by the index of their reference. */
async function rowsOf(
  group: readonly Pattern[],
  request: ResolveRequest,
  objects: Batch,
  indexOf: ReadonlyMap<number, number>,
  views: readonly View[],
  stored: Stored,
  options: UnfoldOptions,
  store: string,
): Promise<(index: number) => readonly Bindings[]> {
  if (group.length === 0) return () => [{}]
  const { dictionary } = request
  const patterns = group.map((pattern) => aboutObject(pattern, referenceOf(request)))
  const members = unfold(patterns, views, options)
  if (members === undefined) throw tooMany(store)
  const variables = variablesOf(patterns)
  const names = variables.filter((name) => name !== OBJECT)
  const rows = new Map<number, Bindings[]>()
  const query = { members, variables, output: variables, conditions: [], repeating: true, distinct: false, offset: 0 }
  for await (const batch of execute(query, stored, { ...request, bindings: objects })) {
    const subjects = batch.columns[batch.variables.indexOf(OBJECT)]!
    for (let row = 0; row < batch.length; row++) {
      const entries = names.map((name) => [
        name,
        dictionary.decode(batch.columns[batch.variables.indexOf(name)]![row]!),
      ])
      const index = indexOf.get(subjects[row]!)!
      const own = rows.get(index) ?? []
      own.push(Object.fromEntries(entries) as Record<string, Term>)
      rows.set(index, own)
    }
  }
  return (index) => rows.get(index) ?? []
}

/** The term that stands for the reference in the patterns. */
const referenceOf = ({ patterns, reference }: ResolveRequest): PatternTerm | undefined =>
  reference ?? patterns[0]?.subject

function aboutObject(pattern: Pattern, reference: PatternTerm | undefined): Pattern {
  const same = (term: PatternTerm): boolean => {
    if (reference === undefined || term.termType !== reference.termType) return false
    return term.termType === 'Variable' ? term.value === reference.value : termKey(term) === termKey(reference as Term)
  }
  const object = variable(OBJECT)
  return {
    ...pattern,
    subject: same(pattern.subject) ? object : pattern.subject,
    object: same(pattern.object) ? object : pattern.object,
  }
}

async function isStored(locator: string, stored: Stored): Promise<boolean> {
  const at = locator.indexOf('/')
  if (at < 1 || !(await stored.has(locator.slice(0, at)))) return false
  return (await stored.collection(locator.slice(0, at))).byId(locator.slice(at + 1)) !== undefined
}

const missing = (store: string, locator: string): PolyprovError =>
  new PolyprovError('missing-object', `Store '${store}' holds no document '${locator}'`, { store, locator })

const tooMany = (store: string): PolyprovError =>
  new PolyprovError('unsupported', `The patterns can be read in too many ways over the views of store '${store}'`, {
    store,
  })
