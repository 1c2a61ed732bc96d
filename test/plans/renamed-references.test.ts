import { expect, test } from 'vitest'
import { parse } from '../../planner/parse.ts'
import { optimise } from '../../planner/plan.ts'
import type { Source } from '../../planner/source.ts'
import { walk } from '../../planner/traverse.ts'
import { catalog } from './catalog.ts'

const TEXT = `PREFIX og: <https://w3id.org/polyprov/example/seismic#> PREFIX geo: <http://www.opengis.net/ont/geosparql#>
  SELECT * { ?outline og:name ?name ; geo:hasGeometry ?geometry }`

function kindsOf(renamed: ReadonlySet<string> | undefined): readonly string[] {
  const described = (source: Source): Source =>
    source.role !== 'provenance' || renamed === undefined
      ? source
      : { ...source, description: { ...source.description, renamedReferences: renamed } }
  const { plan } = optimise(parse(TEXT).plan, { ...catalog, sources: catalog.sources.map(described) })
  return [...new Set([...walk(plan)].map(({ kind }) => kind))]
}

test('records of a store with views are asked for as they are where no reference names one otherwise', () => {
  const { iri } = catalog.sources.find(({ id }) => id === 'surveys')!
  expect(kindsOf(new Set())).not.toContain('resolve')
  expect(kindsOf(new Set(['https://example.org/store/other']))).not.toContain('resolve')
  expect(kindsOf(new Set([iri]))).toContain('resolve')
  expect(kindsOf(undefined)).toContain('resolve')
})
