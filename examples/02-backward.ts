// From a model back to what it was made of. The provenance leads from the model to a seismic file; basin and field are
// in the geoscientists' triple store, the size of the survey in the file's own headers. One query, three stores.

import { iri, open, sparql } from 'polyprov'
import { exampleConfiguration } from './example-folder.ts'

await using polystore = await open(await exampleConfiguration())

const model = iri('urn:polyprov:store/models/object/netherlands-crossline-320-343-1%2Fmodel.json')
const surveys = polystore.query(sparql`
  PREFIX prov: <http://www.w3.org/ns/prov#>
  PREFIX pl: <https://w3id.org/polyprov/provlake#>
  PREFIX segy: <https://w3id.org/polyprov/segy#>
  PREFIX og: <https://w3id.org/polyprov/example/seismic#>
  SELECT ?path ?basin ?field ?inlines ?crosslines ?microseconds WHERE {
    ${model} prov:wasDerivedFrom+ ?seismic .
    ?seismic pl:ofSchema pl:SeismicFile ; pl:value ?path ;
      segy:inlineCount ?inlines ; segy:crosslineCount ?crosslines ; segy:sampleInterval ?microseconds .
    ?annotation prov:wasDerivedFrom ?seismic ; pl:value ?survey .
    ?survey a og:Survey ; og:basin ?basin ; og:field ?field .
  }`)

console.log(await surveys.first())

// What each store was asked for it: of the file only what the headers take.
for (const [store, { requests, bytes }] of Object.entries(surveys.stats()?.stores ?? {})) {
  console.log(`${store}: ${requests} requests, ${bytes} bytes`)
}
