import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { open, type Polystore } from '../../src/index.ts'
import { type Scale, STORES, scaleOf } from './dataset.ts'
import { type Endpoints, startEndpoints, startEndpointsApart } from './endpoints.ts'
import { handAnswer } from './hand/answers.ts'
import { type HandClient, openHandClient } from './hand/client.ts'
import { configurationOf, openEmbedded, type Places, writeColumnar } from './polystores.ts'
import type { Protocol } from './protocols.ts'
import { type Question, questionsOf, type Subjects, subjectsOf } from './questions.ts'
import type { RelayTarget, Traffic } from './relay.ts'
import { type Relays, startRelays, startRelaysApart } from './relays.ts'
import type { Row } from './rows.ts'
import { type Addresses, loadServers } from './servers.ts'
import { annotationTriples, lakeTriples, provenanceTriples, surveyTriples, wellTriples } from './triples.ts'

/** The stores that are asked over a connection. */
export const REMOTE = [STORES.annotations, STORES.surveys, STORES.wells, STORES.lake] as const

/** Milliseconds that a store may take: servers are full of work at the largest size, and nobody hurries the client by hand. */
const STORE_TIMEOUT = 60_000

export interface ContestOptions {
  readonly size: number
  readonly addresses: Addresses
  readonly folder: string
  /** Whether relays and endpoints have processes of their own: wherever time is taken. */
  readonly apart: boolean
}

/** Everything that one size is measured on. */
export interface Contest extends AsyncDisposable {
  readonly scale: Scale
  readonly subjects: Subjects
  readonly questions: readonly Question[]
  readonly relays: Relays
  /** Answers by hand. */
  hand(question: Question): Promise<readonly Row[]>
  /** Of a polystore over the five stores. */
  readonly configuration: Readonly<Record<string, unknown>>
  /** That polystore. */
  openPolystore(): Promise<Polystore>
  /** Everything in one embedded store. */
  openMaterialised(): Promise<Polystore>
  /** Endpoints over each store's triples, behind relays of their own. */
  openEverywhere(): Promise<Everywhere>
}

/** The stores as SPARQL endpoints. */
export interface Everywhere extends AsyncDisposable {
  readonly sources: readonly string[]
  readonly relays: Relays
}

export async function openContest({ size, addresses, folder, apart }: ContestOptions): Promise<Contest> {
  const scale = scaleOf(size)
  const ends: (() => Promise<unknown>)[] = []
  const end = async () => {
    for (const each of ends.reverse()) await each()
  }
  await mkdir(folder, { recursive: true })
  const path = (name: string): string => join(folder, name)
  try {
    const loaded = await loadServers(addresses, scale, folder)
    ends.push(async () => loaded[Symbol.asyncDispose]())
    await writeColumnar(path('provenance'), provenanceTriples(scale))
    await writeColumnar(path('annotations'), annotationTriples(scale))
    const startStores = apart ? startEndpointsApart : startEndpoints
    const endpoints = await startStores({ annotations: path('annotations') })
    ends.push(() => endpoints.close())
    const startAll = apart ? startRelaysApart : startRelays
    const annotations = endpoints.urls['annotations']!
    const relays = await startAll(targetsOf(addresses, annotations))
    ends.push(() => relays.close())
    const places: Places = {
      addresses: relayed(addresses, relays.ports),
      endpoint: atPort(annotations, relays.ports['annotations']!),
      name: loaded.name,
      provenance: path('provenance'),
    }
    const client: HandClient = await openHandClient(places)
    ends.push(async () => client[Symbol.asyncDispose]())
    const configuration = await configurationOf(places, folder)
    const subjects = subjectsOf(scale)
    const everywhere = () => openEverywhere(scale, path, { annotations: path('annotations') }, startStores, startAll)
    const materialised = async () => {
      await writeColumnar(
        path('materialised'),
        ...[provenanceTriples(scale), annotationTriples(scale)],
        ...[surveyTriples(scale), wellTriples(scale), lakeTriples(scale)],
      )
      return openEmbedded(path('materialised'))
    }
    return {
      scale,
      subjects,
      relays,
      questions: questionsOf(scale),
      configuration,
      hand: (question) => handAnswer(question)(client, subjects),
      openPolystore: () => open(configuration, { limits: { storeTimeout: STORE_TIMEOUT } }),
      openMaterialised: materialised,
      openEverywhere: everywhere,
      [Symbol.asyncDispose]: end,
    }
  } catch (error) {
    await end()
    throw error
  }
}

async function openEverywhere(
  scale: Scale,
  path: (name: string) => string,
  known: Readonly<Record<string, string>>,
  startStores: typeof startEndpoints,
  startAll: typeof startRelays,
): Promise<Everywhere> {
  const triples = { surveys: surveyTriples(scale), wells: wellTriples(scale), lake: lakeTriples(scale) }
  for (const [name, each] of Object.entries(triples)) await writeColumnar(path(`triples-${name}`), each)
  const made = Object.fromEntries(Object.keys(triples).map((name) => [name, path(`triples-${name}`)]))
  const endpoints: Endpoints = await startStores({ provenance: path('provenance'), ...known, ...made })
  const targets = Object.entries(endpoints.urls).map(([name, url]) => [name, targetOf(url, 'http')] as const)
  const relays = await startAll(Object.fromEntries(targets))
  return {
    sources: Object.entries(endpoints.urls).map(([name, url]) => atPort(url, relays.ports[name]!)),
    relays,
    async [Symbol.asyncDispose]() {
      await relays.close()
      await endpoints.close()
    },
  }
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'postgresql:': 5432, 'mongodb:': 27017 }

function targetOf(url: string, protocol: Protocol): RelayTarget {
  const { hostname, port, protocol: scheme } = new URL(url)
  return { host: hostname, port: port === '' ? (DEFAULT_PORTS[scheme] ?? 80) : Number(port), protocol }
}

const targetsOf = ({ POSTGRES_URL, MONGODB_URL, S3_ENDPOINT }: Addresses, annotations: string) => ({
  annotations: targetOf(annotations, 'http'),
  surveys: targetOf(MONGODB_URL, 'mongodb'),
  wells: targetOf(POSTGRES_URL, 'postgres'),
  lake: targetOf(S3_ENDPOINT, 'http'),
})

function atPort(url: string, port: number): string {
  const changed = new URL(url)
  changed.host = `127.0.0.1:${port}`
  return changed.href.replace(/\/$/, '')
}

const relayed = (addresses: Addresses, ports: Relays['ports']): Addresses => ({
  ...addresses,
  POSTGRES_URL: atPort(addresses.POSTGRES_URL, ports['wells']!),
  MONGODB_URL: `${atPort(addresses.MONGODB_URL, ports['surveys']!)}/?directConnection=true`,
  S3_ENDPOINT: atPort(addresses.S3_ENDPOINT, ports['lake']!),
})

/** What an answer took: the traffic by store, where there was any. */
export interface Counted {
  readonly rows: readonly Row[]
  readonly milliseconds: number
  readonly traffic: Readonly<Record<string, Traffic>>
}

export async function counted(relays: Relays, answer: () => Promise<readonly Row[]>): Promise<Counted> {
  globalThis.gc?.()
  await relays.reset()
  const started = performance.now()
  const rows = await answer()
  const milliseconds = performance.now() - started
  return { rows, milliseconds, traffic: await relays.traffic() }
}
