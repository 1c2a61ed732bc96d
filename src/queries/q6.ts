/** The seismic data behind a training set. */
export const Q6 = `# label: Seismic data behind a training set
# description: Basin, field and number of slices of every raw seismic file that a training set was cut from.
# param dataset iri The training set
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX pl: <https://w3id.org/polyprov/provlake#>
PREFIX segy: <https://w3id.org/polyprov/segy#>
PREFIX og: <https://w3id.org/polyprov/example/seismic#>
SELECT DISTINCT ?seismic ?path ?store ?inlines ?crosslines ?samples ((?inlines + ?crosslines) AS ?slices) ?basin ?field
WHERE {
  $dataset prov:wasDerivedFrom+ ?seismic .
  ?seismic pl:ofSchema pl:SeismicFile ; pl:value ?path ; pl:isStoredInStore ?store .
  OPTIONAL { ?seismic segy:inlineCount ?inlines ; segy:crosslineCount ?crosslines }
  OPTIONAL { ?seismic segy:sampleCount ?samples }
  OPTIONAL {
    ?annotation prov:wasDerivedFrom ?seismic ; pl:value ?survey .
    ?survey a og:Survey .
    OPTIONAL { ?survey og:basin ?basin }
    OPTIONAL { ?survey og:field ?field }
  }
}
ORDER BY ?path
`
