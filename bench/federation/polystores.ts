import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openColumnar } from '../../connectors/columnar/index.ts'
import { GEO } from '../../planner/namespaces.ts'
import type { Quad } from '../../planner/term.ts'
import { open, type Polystore } from '../../src/index.ts'
import { ANNOTATIONS, BASE, OG, STORES, WELLS } from './dataset.ts'
import type { Addresses } from './servers.ts'

const SURVEY_VIEWS = `prefixes: { og: "${OG}", geo: "${GEO}" }
mappings:
  survey:
    sources: [[surveys~jsonpath, $]]
    s: $(@object)
    po:
      - [a, og:SurveyOutline]
      - [og:name, $(name)]
      - [og:year, $(year)]
      - [og:country, $(country)]
      - [og:vessel, $(vessel)]
      - [og:crs, $(crs)~iri]
      - [og:survey, ${ANNOTATIONS}$(survey)~iri]
      - [geo:hasGeometry, $(@object)#geometry~iri]
  geometry:
    sources: [[surveys~jsonpath, $]]
    s: $(@object)#geometry
    po: [[geo:asWKT, $(position), geo:wktLiteral]]
`
const WELL_VIEWS = `prefixes: { w: "${WELLS}" }
mappings:
  well:
    s: $(@object)
    po:
      - [a, w:Well]
      - [w:name, $(name)]
      - [w:operator, $(operator)]
      - [w:depth, $(depth)]
      - [w:spud, $(spud)]
      - [w:status, $(status)]
      - [w:survey, ${ANNOTATIONS}$(survey)~iri]
`
const text = { bsonType: 'string' }
const whole = { bsonType: 'int' }
/** What the documents are, for a server that has not been told: queries on points need no second look then. */
const SURVEY_SCHEMA = {
  bsonType: 'object',
  properties: {
    ...{ _id: text, name: text, year: whole, country: text, vessel: text, survey: whole },
    position: {
      bsonType: 'object',
      required: ['type', 'coordinates'],
      properties: {
        type: { enum: ['Point'] },
        coordinates: { bsonType: 'array', items: { bsonType: ['int', 'double'] } },
      },
    },
  },
}

/** Where the stores of one size are. */
export interface Places {
  /** Of the servers, or of relays in front of them. */
  readonly addresses: Addresses
  readonly endpoint: string
  /** Of schema, database and bucket. */
  readonly name: string
  /** Folder of the provenance store. */
  readonly provenance: string
}

/** Writes the views; the configuration names them. */
export async function configurationOf(places: Places, folder: string) {
  const { addresses, endpoint, name, provenance } = places
  const views = { surveys: join(folder, 'surveys.yarrrml.yaml'), wells: join(folder, 'wells.yarrrml.yaml') }
  await writeFile(views.surveys, SURVEY_VIEWS)
  await writeFile(views.wells, WELL_VIEWS)
  const credentials = {
    accessKeyId: addresses.AWS_ACCESS_KEY_ID,
    secretAccessKey: addresses.AWS_SECRET_ACCESS_KEY,
  }
  return {
    base: BASE,
    stores: [
      { id: STORES.provenance, type: 'columnar', path: provenance, readOnly: true, role: 'provenance' },
      { id: STORES.annotations, type: 'sparql', endpoint },
      {
        ...{ id: STORES.surveys, type: 'mongodb', url: addresses.MONGODB_URL, database: name, views: views.surveys },
        fields: { surveys: SURVEY_SCHEMA },
      },
      { id: STORES.wells, type: 'postgres', url: addresses.POSTGRES_URL, schema: name, views: views.wells },
      { id: STORES.lake, type: 's3', bucket: name, endpoint: addresses.S3_ENDPOINT, region: region(), credentials },
    ],
  }
}

export const region = (): string => process.env['S3_REGION'] ?? 'us-east-1'

/** The embedded store alone: the provenance as the hand-written client has it, or everything in one. */
export const openEmbedded = (path: string): Promise<Polystore> =>
  open({ base: BASE, stores: [{ id: STORES.provenance, type: 'columnar', path, readOnly: true, role: 'provenance' }] })

/** A columnar store of triples in a folder. */
export async function writeColumnar(path: string, ...triples: readonly Iterable<Quad>[]): Promise<void> {
  const definition = { id: 'written', type: 'columnar', path }
  await using connector = await openColumnar(definition, { base: BASE, folder: '/' })
  for (const each of triples) await connector.store.load(each)
  await connector.store.compact()
}
