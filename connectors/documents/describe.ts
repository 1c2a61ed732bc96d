import { RDF } from '../../planner/namespaces.ts'
import type { SourceDescription, TermStatistics } from '../../planner/source.ts'
import { recordsOf, valuesAt } from '../../planner/views/record.ts'
import { fieldsOf } from '../../planner/views/term-map.ts'
import { propertiesOf } from '../../planner/views/unfold.ts'
import type { TermMap, View } from '../../planner/views/view.ts'
import type { LoadedCollection } from './folder.ts'

const TYPE = `${RDF}type`

/**
 * What the views of a folder answer. Counts are of values in the documents, as they are now; a collection that is
 * missing counts as none. Classes are not asked through references: every pattern with a class would be. Predicates are unknown (any) where a view makes them of fields.
 */
export async function descriptionOf(
  views: readonly View[],
  collections: ReadonlyMap<string, LoadedCollection>,
  objectPrefix: (collection: string) => string,
  signal: AbortSignal,
): Promise<SourceDescription> {
  const predicates = new Map<string, number>()
  const subjects = new Map<string, number>()
  const classes = new Map<string, number>()
  const ofReferences = new Map<string, number>()
  let anyPredicate = false
  let anyClass = false
  for (const view of views) {
    const documents = (await collections.get(view.collection)?.content.wait(signal))?.documents ?? []
    const counts = countValues(view, documents, signal)
    for (const [index, { predicate, object }] of propertiesOf(view).entries()) {
      const { values: count, records } = counts[index]!
      if (predicate.kind !== 'constant') {
        anyPredicate = true
        anyClass = true
        continue
      }
      add(predicates, predicate.term.value, count)
      add(subjects, predicate.term.value, records)
      if (isObject(view.subject, objectPrefix(view.collection)) && predicate.term.value !== TYPE)
        add(ofReferences, predicate.term.value, count)
      if (predicate.term.value !== TYPE) continue
      if (object.kind === 'constant') add(classes, object.term.value, count)
      else anyClass = true
    }
  }
  const all = [...predicates.values()].reduce((sum, count) => sum + count, 0)
  return {
    ...(anyPredicate ? {} : { predicates: statistics(predicates, subjects) }),
    ...(anyClass ? {} : { classes: statistics(classes) }),
    triples: all,
    views,
    namedGraphs: views.some((view) => view.properties.some(({ graph }) => graph !== undefined)),
    referencePredicates: statistics(ofReferences, subjects),
  }
}

const add = (counts: Map<string, number>, iri: string, count: number): void => {
  counts.set(iri, (counts.get(iri) ?? 0) + count)
}

function statistics(
  counts: ReadonlyMap<string, number>,
  subjects?: ReadonlyMap<string, number>,
): readonly TermStatistics[] {
  return [...counts].map(([iri, count]) => {
    const distinctSubjects = subjects?.get(iri)
    return distinctSubjects === undefined ? { iri, count } : { iri, count, distinctSubjects }
  })
}

/** Whether a subject is the IRI of the record as an object of its store, and nothing beneath it. */
const isObject = (subject: TermMap, prefix: string): boolean =>
  subject.kind === 'template' && subject.text[0] === prefix && subject.fields.length === 1 && subject.text[1] === ''

interface Counted {
  readonly values: number
  readonly records: number
}

/** Values of each property of a view, and the records that have any, by the longest of the fields that its object reads. */
function countValues(view: View, documents: readonly unknown[], signal: AbortSignal): readonly Counted[] {
  const properties = propertiesOf(view)
  const counts = properties.map(() => ({ values: 0, records: 0 }))
  for (const document of documents) {
    signal.throwIfAborted()
    for (const record of recordsOf(document, view.iterator)) {
      for (const [index, { object }] of properties.entries()) {
        const fields = object.kind === 'join' ? [] : fieldsOf(object)
        const values = fields.map((field) => valuesAt(record, field).length)
        const most = values.length === 0 ? 1 : values.includes(0) ? 0 : Math.max(...values)
        counts[index]!.values += most
        counts[index]!.records += Math.min(most, 1)
      }
    }
  }
  return counts
}
