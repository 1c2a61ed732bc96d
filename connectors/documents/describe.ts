import { RDF } from '../../planner/namespaces.ts'
import type { SourceDescription, TermStatistics } from '../../planner/source.ts'
import { fieldsOf } from '../../planner/views/term-map.ts'
import { propertiesOf } from '../../planner/views/unfold.ts'
import type { TermMap, View, ViewJoin } from '../../planner/views/view.ts'
import type { FieldStatistics, SourceStatistics, Statistics } from './statistics.ts'

const TYPE = `${RDF}type`

/**
 * What the views of a folder answer. Counts are of values in the documents, as they were counted; a collection that is
 * missing counts as none. Classes are not asked through references: every pattern with a class would be. Predicates are
 * unknown (any) where a view makes them of fields.
 */
export function descriptionOf(
  views: readonly View[],
  counted: Statistics,
  objectPrefix: (collection: string) => string,
): SourceDescription {
  const predicates = new Map<string, number>()
  const subjects = new Map<string, number>()
  const classes = new Map<string, number>()
  const ofReferences = new Map<string, number>()
  let anyPredicate = false
  let anyClass = false
  for (const view of views) {
    for (const { predicate, object } of propertiesOf(view)) {
      const { values: count, records } = countOf(object, counted.source(view))
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

/** Values of a property, and records that have any, by the fields that its object reads. */
function countOf(object: TermMap | ViewJoin, source: SourceStatistics): Pick<FieldStatistics, 'values' | 'records'> {
  const paths = object.kind === 'join' ? object.on.map(({ child }) => child) : fieldsOf(object)
  const fields = paths.map(source.field)
  const records = fields.reduce((least, field) => Math.min(least, field.records), source.records)
  return { records, values: records === 0 ? 0 : fields.reduce((most, { values }) => Math.max(most, values), records) }
}
