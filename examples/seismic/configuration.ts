import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { stringify } from 'yaml'
import { OG, STORES } from './settings.ts'

const FOLDERS = ['seismic', 'annotations', 'documents/surveys', 'tiles', 'models', 'provenance']

/** The survey documents as triples, under the IRIs that the provenance names them by. */
const VIEWS = `prefixes:
  og: ${OG}
  geo: http://www.opengis.net/ont/geosparql#
mappings:
  survey:
    sources:
      - [surveys~jsonpath, $]
    s: $(@object)
    po:
      - [a, og:SurveyOutline]
      - [og:name, $(name)]
      - [og:crs, $(crs)~iri]
      - [geo:hasGeometry, $(@object)#geometry~iri]
  geometry:
    sources:
      - [surveys~jsonpath, $]
    s: $(@object)#geometry
    po:
      - [geo:asWKT, $(geometry), geo:wktLiteral]
`

/** Makes the folders, and the configuration that opens the example; `surveys` is the folder of real files, if any. */
export async function writeConfiguration(directory: string, base: string, surveys: string | undefined): Promise<void> {
  for (const folder of FOLDERS) await mkdir(join(directory, folder), { recursive: true })
  const configuration = {
    base,
    stores: [
      { id: 'provenance', type: 'columnar', path: './provenance', role: 'provenance' },
      { id: STORES.annotations, type: 'rdf', files: './annotations/*.ttl' },
      { id: STORES.surveys, type: 'documents', path: './documents', views: './surveys.yarrrml.yaml' },
      { id: STORES.seismic, type: 'files', path: surveys === undefined ? './seismic' : resolve(surveys) },
      { id: STORES.tiles, type: 'files', path: './tiles' },
      { id: STORES.models, type: 'files', path: './models' },
    ],
  }
  await writeFile(join(directory, 'surveys.yarrrml.yaml'), VIEWS)
  await writeFile(join(directory, 'polyprov.yaml'), stringify(configuration))
}
