// A server over the example, and a store that joins it while it runs: registered with POST /api/v1/stores, its triples
// meet the others' in the next query. Without a token the server takes such requests from its own machine only; with
// one they carry `Authorization: Bearer`.

import { open } from 'polyprov'
import { createServer } from 'polyprov/server'
import { exampleConfiguration } from './example-folder.ts'

await using polystore = await open(await exampleConfiguration())
const server = createServer(polystore)
const url = await server.listen(0)

const notes = {
  id: 'notes',
  type: 'memory',
  data: `<urn:polyprov:store/seismic/object/netherlands.sgy>
    <http://purl.org/dc/terms/license> <https://creativecommons.org/licenses/by-sa/3.0/> .`,
}
const registered = await fetch(new URL('/api/v1/stores', url), {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(notes),
})
console.log(registered.status, registered.headers.get('Location'))

const query = `
  PREFIX prov: <http://www.w3.org/ns/prov#>
  PREFIX provml: <https://w3id.org/polyprov/provml#>
  SELECT ?license (COUNT(DISTINCT ?model) AS ?models) WHERE {
    ?seismic <http://purl.org/dc/terms/license> ?license .
    ?model prov:wasDerivedFrom+ ?seismic ; a provml:ModelReferenceValue .
  } GROUP BY ?license`
const answer = await fetch(new URL('/sparql', url), {
  method: 'POST',
  headers: { 'Content-Type': 'application/sparql-query', Accept: 'text/csv' },
  body: query,
})
console.log(await answer.text())

await server.close()
