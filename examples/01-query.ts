// Asks the provenance which models came from a training set, best first: typed rows that come as they are found, and
// values in the text that become terms, never syntax.

import { iri, open, sparql } from 'polyprov'
import { exampleConfiguration } from './example-folder.ts'

await using polystore = await open(await exampleConfiguration())

const dataset = iri('urn:polyprov:store/tiles/object/netherlands-crossline-320-343.h5')
const models = polystore.query<{ model: string; loss: number }>(sparql`
  PREFIX prov: <http://www.w3.org/ns/prov#>
  PREFIX pl: <https://w3id.org/polyprov/provlake#>
  PREFIX provml: <https://w3id.org/polyprov/provml#>
  SELECT ?model ?loss WHERE {
    ?model prov:wasDerivedFrom+ ${dataset} ; provml:evaluatedBy ?evaluation .
    ?evaluation provml:measure provml:loss ; provml:onStage provml:Validation ; pl:value ?loss .
    FILTER(?loss < ${0.5})
  } ORDER BY ?loss`)

for await (const { model, loss } of models) console.log(loss.toFixed(4), model)
