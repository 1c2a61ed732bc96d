import type { Expression, NativeQuery, Plan } from '../../planner/algebra.ts'
import { conjuncts } from '../../planner/constructors.ts'
import { GEO, HDF5, PL, PROV, PROVML, RDF, SEGY } from '../../planner/namespaces.ts'
import type { Catalog, Source, TermStatistics } from '../../planner/source.ts'
import { planText } from '../../planner/text.ts'
import { walk } from '../../planner/traverse.ts'
import { isDeterministic } from '../../planner/variables.ts'

/*
 * The stores of the seismic example and a remote one, as the planner sees them: no store is behind them. Counts are of
 * 100 trainings on 4 surveys.
 */

const BASE = 'https://example.org/og/'
const OG = 'https://w3id.org/polyprov/example/seismic#'

const counted = (namespace: string, counts: Readonly<Record<string, number>>): TermStatistics[] =>
  Object.entries(counts).map(([name, count]) => ({ iri: namespace + name, count, distinctSubjects: count }))

const headed = (namespace: string, names: readonly string[]): TermStatistics[] =>
  names.map((name) => ({ iri: namespace + name }))

type Node = Plan['kind']

/** A push that takes plans of some kinds of nodes whole. */
const takes =
  (language: string, kinds: readonly Node[], accepts: (conjunct: Expression) => 'exact' | 'inexact' | 'no') =>
  (
    fragment: Plan,
  ): { readonly native: NativeQuery; readonly ordered: boolean; readonly limited: boolean } | undefined => {
    for (const node of walk(fragment)) {
      if (!kinds.includes(node.kind)) return undefined
      if (node.kind === 'filter' && accepts(node.condition) === 'no') return undefined
    }
    return { native: { language, text: planText(fragment), query: fragment }, ordered: true, limited: true }
  }

const LEAVES: readonly Node[] = ['pattern', 'join', 'filter', 'project', 'distinct', 'slice']
const ALGEBRA: readonly Node[] = [
  ...LEAVES,
  'unit',
  'path',
  'graphs',
  'values',
  'leftJoin',
  'union',
  'minus',
  'extend',
  'group',
  'reduced',
  'order',
]

const always = (condition: Expression): 'exact' | 'no' => (isDeterministic(condition) ? 'exact' : 'no')

const COMPARED = ['=', '<', '>', '<=', '>=', 'http://www.opengis.net/def/function/geosparql/sfIntersects']

/** Comparisons of a variable with a term exactly, CONTAINS roughly. */
const comparisons = (condition: Expression): 'exact' | 'inexact' | 'no' => {
  if (condition.kind !== 'call') return 'no'
  const parts = conjuncts(condition)
  if (parts.length > 1) return parts.some((part) => comparisons(part) === 'no') ? 'no' : 'exact'
  if (condition.arguments.some(({ kind }) => kind !== 'variable' && kind !== 'term')) return 'no'
  if (condition.operator === 'CONTAINS') return 'inexact'
  return COMPARED.includes(condition.operator) ? 'exact' : 'no'
}

const provenance: Source = {
  id: 'provenance',
  iri: `${BASE}store/provenance`,
  type: 'columnar',
  role: 'provenance',
  description: {
    predicates: [
      ...counted(RDF, { type: 60_000 }),
      ...counted(PROV, { wasDerivedFrom: 900, wasGeneratedBy: 30_000, used: 9_000 }),
      ...counted(PL, {
        value: 40_000,
        isStoredInStore: 800,
        ofSchema: 800,
        partOf: 25_000,
        status: 25_000,
        iteration: 24_000,
        durationSeconds: 24_000,
        attributeName: 20_000,
        executionOf: 25_000,
        axis: 100,
        rangeStart: 100,
        rangeEnd: 100,
      }),
      ...counted(PROVML, {
        evaluatedBy: 4_000,
        measure: 4_000,
        onStage: 4_000,
        hyperParameter: 500,
        modelHyperParameter: 500,
        datasetCharacteristic: 200,
      }),
    ],
    classes: [
      ...counted(PROVML, { ModelReferenceValue: 200, LearningDatasetReferenceValue: 40, ModelEvaluation: 4_000 }),
      ...counted(PL, { EpochExecution: 2_000, BatchExecution: 20_000, DataReference: 800 }),
    ],
    triples: 400_000,
    namedGraphs: false,
    referencedStores: new Set(['annotations', 'surveys', 'seismic', 'tiles'].map((id) => `${BASE}store/${id}`)),
  },
  accepts: always,
  push: takes('algebra', ALGEBRA, always),
}

const annotations: Source = {
  id: 'annotations',
  iri: `${BASE}store/annotations`,
  type: 'rdf',
  description: {
    predicates: [...counted(OG, { basin: 4, field: 4, operator: 4 }), ...counted(RDF, { type: 12 })],
    classes: counted(OG, { Survey: 4, Basin: 4, Field: 4 }),
    triples: 24,
    namedGraphs: false,
  },
  accepts: always,
  push: takes('algebra', ALGEBRA, always),
}

const surveys: Source = {
  id: 'surveys',
  iri: `${BASE}store/surveys`,
  type: 'documents',
  description: {
    predicates: [
      ...counted(OG, { name: 4, crs: 4 }),
      ...counted(GEO, { hasGeometry: 4, asWKT: 4 }),
      ...counted(RDF, { type: 4 }),
    ],
    classes: counted(OG, { SurveyOutline: 4 }),
    triples: 20,
    namedGraphs: false,
    referencePredicates: [...counted(OG, { name: 4, crs: 4 }), ...counted(GEO, { hasGeometry: 4 })],
  },
  access: { batch: 1_000 },
  accepts: comparisons,
  push: takes('mongodb', LEAVES, comparisons),
}

const OBJECT = headed(PL, ['value', 'isStoredInStore', 'sizeBytes', 'etag', 'modified', 'format'])

const objects = (id: string, terms: readonly TermStatistics[]): Source => ({
  id,
  iri: `${BASE}store/${id}`,
  type: 'files',
  description: { predicates: [], classes: [], namedGraphs: false, referencePredicates: [...OBJECT, ...terms] },
  access: { concurrency: 8 },
})

const seismic = objects('seismic', headed(SEGY, ['inlineCount', 'crosslineCount', 'sampleCount', 'footprint', 'crs']))
const tiles = objects('tiles', headed(HDF5, ['object', 'path', 'shape', 'type']))

/** A remote endpoint without the engine's algebra; it has basins as well, so that triples may be in two stores. */
const wells: Source = {
  id: 'wells',
  iri: `${BASE}store/wells`,
  type: 'sparql',
  description: {
    predicates: [
      ...counted(OG, { basin: 2_000, depth: 5_000, drilledBy: 5_000, spudded: 5_000 }),
      ...counted(RDF, { type: 5_000 }),
    ],
    classes: counted(OG, { Well: 5_000 }),
    triples: 22_000,
    namedGraphs: false,
  },
  access: { batch: 1_000, concurrency: 4 },
  accepts: comparisons,
  push: takes('sparql', [...LEAVES, 'leftJoin', 'union', 'extend'], comparisons),
}

export const catalog: Catalog = { base: BASE, sources: [provenance, annotations, surveys, seismic, tiles, wells] }
