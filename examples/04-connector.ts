// A store of a kind that polyprov does not know: reviewers' verdicts on models, in a CSV file. Its connector is in
// 04-csv-connector.ts; named by its path, the store takes part in queries like any other.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'polyprov'
import { exampleConfiguration } from './example-folder.ts'

const folder = await mkdtemp(join(tmpdir(), 'polyprov-reviews-'))
const models = 'urn:polyprov:store/models/object/netherlands-inline-106-129'
await writeFile(
  join(folder, 'reviews.csv'),
  `model,verdict,reviewer\n${models}-1%2Fmodel.json,approved,Ana\n${models}-2%2Fmodel.json,rejected,Ben\n`,
)

await using polystore = await open(await exampleConfiguration())
await polystore.stores.register({
  id: 'reviews',
  type: new URL('./04-csv-connector.js', import.meta.url).href,
  path: join(folder, 'reviews.csv'),
  vocabulary: 'https://example.org/review#',
})

const reviewed = polystore.query(`
  PREFIX prov: <http://www.w3.org/ns/prov#>
  PREFIX pl: <https://w3id.org/polyprov/provlake#>
  PREFIX segy: <https://w3id.org/polyprov/segy#>
  PREFIX review: <https://example.org/review#>
  SELECT ?reviewer ?model ?path ?inlines WHERE {
    ?model review:verdict "approved" ; review:reviewer ?reviewer ; prov:wasDerivedFrom+ ?seismic .
    ?seismic pl:ofSchema pl:SeismicFile ; pl:value ?path ; segy:inlineCount ?inlines .
  }`)
console.log(await reviewed.toArray())
console.log(
  'asked:',
  Object.keys(reviewed.stats()?.stores ?? {})
    .sort()
    .join(', '),
)

await rm(folder, { recursive: true })
