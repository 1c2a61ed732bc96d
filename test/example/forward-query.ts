import { type Ring, wktOf } from './geometry.ts'

/** Models trained on surveys that intersect a polygon. */
export const forwardQuery = (ring: Ring): string => `
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX pl: <https://w3id.org/polyprov/provlake#>
PREFIX provml: <https://w3id.org/polyprov/provml#>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
SELECT DISTINCT ?model ?path {
  ?model a provml:ModelReferenceValue ; prov:wasDerivedFrom+ ?seismic .
  ?seismic pl:ofSchema pl:SeismicFile ; pl:value ?path .
  ?outline prov:wasDerivedFrom ?seismic ; geo:hasGeometry/geo:asWKT ?wkt .
  FILTER(geof:sfIntersects(?wkt, "${wktOf(ring)}"^^geo:wktLiteral))
}`
