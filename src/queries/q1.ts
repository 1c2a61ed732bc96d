/** The seismic data behind a model. The outline is the document store's where there is one, else the header's. */
export const Q1 = `# label: Seismic data behind a model
# description: Coordinates, basin, field and number of slices of every raw seismic file that a trained model came from.
# param model iri The trained model
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX pl: <https://w3id.org/polyprov/provlake#>
PREFIX segy: <https://w3id.org/polyprov/segy#>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX og: <https://w3id.org/polyprov/example/seismic#>
SELECT DISTINCT ?seismic ?path ?store ?inlines ?crosslines ?samples ((?inlines + ?crosslines) AS ?slices) ?wkt ?crs ?basin ?field
WHERE {
  $model prov:wasDerivedFrom+ ?seismic .
  ?seismic pl:ofSchema pl:SeismicFile ; pl:value ?path ; pl:isStoredInStore ?store .
  OPTIONAL { ?seismic segy:inlineCount ?inlines ; segy:crosslineCount ?crosslines }
  OPTIONAL { ?seismic segy:sampleCount ?samples }
  OPTIONAL { ?seismic segy:footprint ?footprint }
  OPTIONAL { ?seismic segy:crs ?footprintCrs }
  OPTIONAL {
    ?annotation prov:wasDerivedFrom ?seismic ; pl:value ?survey .
    ?survey a og:Survey .
    OPTIONAL { ?survey og:basin ?basin }
    OPTIONAL { ?survey og:field ?field }
  }
  OPTIONAL {
    ?outline prov:wasDerivedFrom ?seismic ; geo:hasGeometry ?geometry .
    ?geometry geo:asWKT ?polygon .
    OPTIONAL { ?outline og:crs ?polygonCrs }
  }
  BIND(COALESCE(?polygon, ?footprint) AS ?wkt)
  BIND(IF(BOUND(?polygon), ?polygonCrs, ?footprintCrs) AS ?crs)
}
ORDER BY ?path
`
