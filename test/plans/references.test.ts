import { expect, test } from 'vitest'
import { parse } from '../../planner/parse.ts'
import { optimise } from '../../planner/plan.ts'
import type { Source, SourceDescription } from '../../planner/source.ts'
import { walk } from '../../planner/traverse.ts'
import { catalog } from './catalog.ts'

const TEXT = `PREFIX og: <https://w3id.org/polyprov/example/seismic#> PREFIX geo: <http://www.opengis.net/ont/geosparql#>
  SELECT * { ?outline og:name ?name ; geo:hasGeometry ?geometry }`

/** The rules that change the plan, and its nodes, where the provenance says this of its references. */
function plannedWith(told: Partial<SourceDescription>, text = TEXT) {
  const described = (source: Source): Source =>
    source.role === 'provenance' ? { ...source, description: { ...source.description, ...told } } : source
  return optimise(parse(text).plan, { ...catalog, sources: catalog.sources.map(described) })
}

const kindsOf = (renamed: ReadonlySet<string> | undefined): readonly string[] => {
  const { plan } = plannedWith(renamed === undefined ? {} : { renamedReferences: renamed })
  return [...new Set([...walk(plan)].map(({ kind }) => kind))]
}

test('records of a store with views are asked for as they are where no reference names one otherwise', () => {
  const { iri } = catalog.sources.find(({ id }) => id === 'surveys')!
  expect(kindsOf(new Set())).not.toContain('resolve')
  expect(kindsOf(new Set(['https://example.org/store/other']))).not.toContain('resolve')
  expect(kindsOf(new Set([iri]))).toContain('resolve')
  expect(kindsOf(undefined)).toContain('resolve')
})

test('the provenance is asked for references to one store only where all lead to known stores', () => {
  const text = 'PREFIX segy: <https://w3id.org/polyprov/segy#> SELECT * { ?seismic segy:inlineCount ?inlines }'
  const rulesFor = (...stores: readonly string[]) => plannedWith({ referencedStores: new Set(stores) }, text).rules
  const known = catalog.sources.map(({ iri }) => iri)
  expect(rulesFor(...known)).toContain('narrow-references')
  expect(rulesFor()).toContain('narrow-references')
  expect(rulesFor(...known, 'https://example.org/og/store/lake')).not.toContain('narrow-references')
})

test('what is left-joined to a narrowed reference names the same store', () => {
  const text = `PREFIX segy: <https://w3id.org/polyprov/segy#> PREFIX prov: <http://www.w3.org/ns/prov#>
    SELECT * { ?model prov:wasDerivedFrom ?seismic . ?seismic segy:inlineCount ?inlines
      OPTIONAL { ?other prov:wasDerivedFrom ?model } OPTIONAL { ?seismic segy:crs ?crs } }`
  const { plan } = plannedWith({}, text)
  const stores = [...walk(plan)].flatMap((node) => (node.kind === 'resolve' ? [node.store.value] : []))
  expect(stores.length).toBeGreaterThan(0)
  expect(new Set(stores)).toEqual(new Set(['https://example.org/og/store/seismic']))
})
