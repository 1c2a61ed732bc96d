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

/** Whose rows those of a group are that does not mention the reference. */
const EVERY = 0

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
  // Several references may be to one document.
  const indexesOf = new Map<number, number[]>()
  for (const [index, locator] of locators.entries()) {
    if (!(await isStored(locator, stored))) {
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
  const rows = await rowsOf(request.patterns, request, objects, views, stored, options, place.store)
  const answers = new Map([...indexesOf.keys()].map((id) => [id, rows(id)]))
  // Once the documents are fetched, further groups read them again, and ask for nothing more.
  const fetched = { ...request, meter: { ...request.meter, request: () => {}, bytes: () => {} } }
  for (const [position, group] of (request.optional ?? []).entries()) {
    const isFirst = position === 0 && request.patterns.length === 0
    const asked = isFirst ? request : fetched
    const optional = await rowsOf(group, asked, objects, views, stored, options, place.store)
    for (const [id, found] of answers) answers.set(id, leftJoinRows(found, optional(id)))
  }
  for (const [id, found] of answers) for (const index of indexesOf.get(id)!) yield { index, rows: found }
}

/** The rows of one group of patterns, by the id of their object. */
async function rowsOf(
  group: readonly Pattern[],
  request: ResolveRequest,
  objects: Batch,
  views: readonly View[],
  stored: Stored,
  options: UnfoldOptions,
  store: string,
): Promise<(id: number) => readonly Bindings[]> {
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
    const subjects = batch.columns[batch.variables.indexOf(OBJECT)]
    for (let row = 0; row < batch.length; row++) {
      const entries = names.map((name) => [
        name,
        dictionary.decode(batch.columns[batch.variables.indexOf(name)]![row]!),
      ])
      const id = subjects?.[row] ?? EVERY
      const own = rows.get(id) ?? []
      own.push(Object.fromEntries(entries) as Record<string, Term>)
      rows.set(id, own)
    }
  }
  return (id) => rows.get(variables.includes(OBJECT) ? id : EVERY) ?? []
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
