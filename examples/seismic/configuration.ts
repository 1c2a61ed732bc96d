import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { stringify } from 'yaml'
import { XSD } from '../../planner/namespaces.ts'
import { OG, STORES, VIEW_FILES } from './settings.ts'
import { WELLS } from './wells.ts'

const FOLDERS = ['seismic', 'annotations', 'documents/surveys', 'registry', 'tiles', 'models', 'provenance']

/** The survey documents as triples, under the IRIs that the provenance names them by. */
const SURVEY_VIEWS = `prefixes:
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

/** The wells as triples, whether documents or rows of a table. */
const WELL_VIEWS = `prefixes:
  og: ${OG}
  geo: http://www.opengis.net/ont/geosparql#
  xsd: ${XSD}
mappings:
  well:
    sources:
      - [${WELLS}~jsonpath, $]
    s: $(@object)
    po:
      - [a, og:Well]
      - [og:wellName, $(name)]
      - [og:drilledIn, $(survey)~iri]
      - [og:wellStatus, $(status)]
      - [og:spudded, $(spudded), xsd:date]
      - [og:totalDepth, $(depth), xsd:decimal]
      - [og:wellhead, $(wellhead), geo:wktLiteral]
`

/** Makes the folders, and the configuration that opens the example; `surveys` is the folder of real files, if any. */
export async function writeConfiguration(directory: string, base: string, surveys: string | undefined): Promise<void> {
  for (const folder of FOLDERS) await mkdir(join(directory, folder), { recursive: true })
  const configuration = {
    base,
    stores: [
      { id: 'provenance', type: 'columnar', path: './provenance', role: 'provenance' },
      { id: STORES.annotations, type: 'rdf', files: './annotations/*.ttl' },
      { id: STORES.surveys, type: 'documents', path: './documents', views: `./${VIEW_FILES.surveys}` },
      { id: STORES.wells, type: 'documents', path: './registry', views: `./${VIEW_FILES.wells}` },
      { id: STORES.seismic, type: 'files', path: surveys === undefined ? './seismic' : resolve(surveys) },
      { id: STORES.tiles, type: 'files', path: './tiles' },
      { id: STORES.models, type: 'files', path: './models' },
    ],
  }
  await writeFile(join(directory, VIEW_FILES.surveys), SURVEY_VIEWS)
  await writeFile(join(directory, VIEW_FILES.wells), WELL_VIEWS)
  await writeFile(join(directory, 'polyprov.yaml'), stringify(configuration))
}
