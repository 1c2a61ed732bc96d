// From a place on the map forward to the models: the document store finds the surveys that meet the polygon, with a
// query of its own, and the provenance knows what became of them. The plan says what each store is asked.

import { iri, literal, open, sparql } from 'polyprov'
import { exampleConfiguration } from './example-folder.ts'

await using polystore = await open(await exampleConfiguration())

const wkt = iri('http://www.opengis.net/ont/geosparql#wktLiteral')
const polygon = literal('POLYGON ((4.5 54.7, 4.7 54.7, 4.7 54.9, 4.5 54.9, 4.5 54.7))', wkt)
const models = polystore.query<{ model: string; path: string }>(sparql`
  PREFIX prov: <http://www.w3.org/ns/prov#>
  PREFIX pl: <https://w3id.org/polyprov/provlake#>
  PREFIX provml: <https://w3id.org/polyprov/provml#>
  PREFIX geo: <http://www.opengis.net/ont/geosparql#>
  PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
  SELECT DISTINCT ?model ?path WHERE {
    ?document geo:hasGeometry/geo:asWKT ?outline ; prov:wasDerivedFrom ?seismic .
    FILTER(geof:sfIntersects(?outline, ${polygon}))
    ?seismic pl:value ?path .
    ?model prov:wasDerivedFrom+ ?seismic ; a provml:ModelReferenceValue .
  } ORDER BY ?model`)

for await (const { model, path } of models) console.log(path, model)
console.log((await models.explain()).text)
