import { setImmediate } from 'node:timers/promises'
import { recordsOf, type ViewRecord, valuesAt } from '../../planner/views/record.ts'
import { fieldsOf } from '../../planner/views/term-map.ts'
import { propertiesOf } from '../../planner/views/unfold.ts'
import type { FieldPath, RecordSource, TermMap, View } from '../../planner/views/view.ts'
import type { StoredDocument } from './parse.ts'

/** Counts of a field over the records of a source; `distinct` is extrapolated where values are many. */
export interface FieldStatistics {
  /** Records with a value. */
  readonly records: number
  readonly values: number
  readonly distinct: number
}

export interface SourceStatistics {
  readonly records: number
  field(path: FieldPath): FieldStatistics
}

/** What was counted of the sources of views. */
export interface Statistics {
  source(source: RecordSource): SourceStatistics
}

const NO_VALUES: FieldStatistics = { records: 0, values: 0, distinct: 0 }
const NO_RECORDS: SourceStatistics = { records: 0, field: () => NO_VALUES }

/** Of a store that was not described. */
export const NO_STATISTICS: Statistics = { source: () => NO_RECORDS }

interface Asked {
  readonly source: RecordSource
  readonly paths: Map<string, FieldPath>
}

/** Counts the fields that the views read, in one pass over each of their sources. */
export async function countFields(
  views: readonly View[],
  documents: (collection: string) => Promise<readonly StoredDocument[]>,
  signal: AbortSignal,
): Promise<Statistics> {
  const counted = new Map<string, SourceStatistics>()
  for (const [key, { source, paths }] of askedOf(views)) {
    counted.set(key, await countSource(source, paths, await documents(source.collection), signal))
  }
  return { source: (source) => counted.get(sourceKey(source)) ?? NO_RECORDS }
}

const sourceKey = ({ collection, iterator }: RecordSource): string => JSON.stringify([collection, iterator ?? null])
const pathKey = (path: FieldPath): string => path.join('\0')

/** The fields that are read of each source: those of term maps, and both sides of joins. */
function askedOf(views: readonly View[]): ReadonlyMap<string, Asked> {
  const asked = new Map<string, Asked>()
  const ask = (source: RecordSource, paths: readonly FieldPath[]): void => {
    const key = sourceKey(source)
    const own = asked.get(key) ?? { source, paths: new Map<string, FieldPath>() }
    asked.set(key, own)
    for (const path of paths) own.paths.set(pathKey(path), path)
  }
  for (const view of views) {
    const maps: TermMap[] = [view.subject]
    for (const { predicate, object, graph } of propertiesOf(view)) {
      maps.push(predicate, ...(graph === undefined ? [] : [graph]))
      if (object.kind !== 'join') maps.push(object)
      else {
        const parent = views.find(({ name }) => name === object.view)
        ask(
          view,
          object.on.map(({ child }) => child),
        )
        if (parent !== undefined)
          ask(
            parent,
            object.on.map(({ parent: path }) => path),
          )
      }
    }
    ask(view, maps.flatMap(fieldsOf))
  }
  return asked
}

/** So many documents are counted without a pause. */
const PAUSE_DOCUMENTS = 4096

async function countSource(
  source: RecordSource,
  paths: ReadonlyMap<string, FieldPath>,
  documents: readonly StoredDocument[],
  signal: AbortSignal,
): Promise<SourceStatistics> {
  const counters = [...paths].map(([key, path]) => ({ key, path, counter: newCounter() }))
  let records = 0
  for (const [index, document] of documents.entries()) {
    if (index % PAUSE_DOCUMENTS === PAUSE_DOCUMENTS - 1) {
      await setImmediate()
      signal.throwIfAborted()
    }
    for (const record of recordsOf(document, source.iterator)) {
      records++
      for (const { path, counter } of counters) counter.add(record, path)
    }
  }
  const fields = new Map(counters.map(({ key, counter }) => [key, counter.counts()]))
  return { records, field: (path) => fields.get(pathKey(path)) ?? NO_VALUES }
}

/** Most values that are told apart; those beyond are taken to be as various as these. */
const MOST_DISTINCT = 50_000

function newCounter() {
  const seen = new Set<unknown>()
  let records = 0
  let values = 0
  let structures = 0
  let scalars = 0
  let sampled = 0
  return {
    add(record: ViewRecord, path: FieldPath): void {
      const found = valuesAt(record, path)
      if (found.length > 0) records++
      values += found.length
      for (const value of found) {
        if (typeof value === 'object') {
          structures++
          continue
        }
        scalars++
        if (seen.size >= MOST_DISTINCT) continue
        seen.add(value)
        sampled = scalars
      }
    },
    counts(): FieldStatistics {
      // No two objects are taken to be alike: geometries mostly are not.
      const various = sampled === 0 ? 0 : (seen.size / sampled) * scalars
      return { records, values, distinct: Math.round(various) + structures }
    },
  }
}
