import { GetObjectCommand } from '@aws-sdk/client-s3'
import { type Document, type Filter, MongoClient } from 'mongodb'
import pg from 'pg'
import type { Polystore } from '../../../src/index.ts'
import { openEmbedded, type Places } from '../polystores.ts'
import type { Row } from '../rows.ts'
import { s3Client } from '../servers.ts'

/** Most keys of one request, as polyprov's connectors have them. */
const KEYS = { postgres: 16_384, mongodb: 10_000, sparql: 1_000 } as const
/** Requests at once: as polyprov's connectors have them. */
const AT_ONCE = { postgres: 4, mongodb: 4, sparql: 4, s3: 8 } as const
const HEAD_BYTES = 16 * 1024

/** The calls that the answers are made of. */
export interface HandClient extends AsyncDisposable {
  /** The embedded provenance store, in SPARQL. */
  provenance(text: string): Promise<readonly Row[]>
  /** One statement for each block of keys, which are its first parameter. */
  rows<Found>(text: string, keys?: readonly unknown[]): Promise<readonly Found[]>
  /** One command for each block of keys. */
  documents<Found>(
    filter: (keys: readonly string[]) => Filter<Document>,
    fields: readonly string[],
    keys?: readonly string[],
  ): Promise<readonly Found[]>
  /** One query for each block of keys, which stand in its `VALUES`. */
  solutions(text: (values: string) => string, keys?: readonly string[]): Promise<readonly Record<string, string>[]>
  /** The first bytes of each object. */
  heads(keys: readonly string[]): Promise<readonly Uint8Array[]>
}

export async function openHandClient({ addresses, endpoint, name, provenance }: Places): Promise<HandClient> {
  const embedded: Polystore = await openEmbedded(provenance)
  const pool = new pg.Pool({
    connectionString: addresses.POSTGRES_URL,
    max: AT_ONCE.postgres,
    options: `-c search_path="${name}" -c jit=off`,
  })
  const mongodb = new MongoClient(addresses.MONGODB_URL)
  const surveys = mongodb.db(name).collection('surveys')
  const lake = s3Client(addresses)
  return {
    provenance: (text) => embedded.query(text).toArray(),
    rows: async <Found>(text: string, keys?: readonly unknown[]) => {
      if (keys === undefined) return (await pool.query(text)).rows as Found[]
      const found = await inBlocks(keys, KEYS.postgres, AT_ONCE.postgres, (block) => pool.query(text, [block]))
      return found.flatMap(({ rows }) => rows as Found[])
    },
    documents: async <Found>(
      filter: (keys: readonly string[]) => Filter<Document>,
      fields: readonly string[],
      keys?: readonly string[],
    ) => {
      const projection = Object.fromEntries(fields.map((field) => [field, 1]))
      const find = (block: readonly string[]) =>
        surveys.find(filter(block), { projection, batchSize: KEYS.mongodb }).toArray()
      const found = keys === undefined ? [await find([])] : await inBlocks(keys, KEYS.mongodb, AT_ONCE.mongodb, find)
      return found.flat() as unknown as Found[]
    },
    async solutions(text, keys) {
      const ask = async (block: readonly string[]) => {
        const query = text(block.map((key) => `<${key}>`).join(' '))
        const response = await fetch(endpoint, {
          method: 'POST',
          headers: { Accept: 'application/sparql-results+json', 'Content-Type': 'application/sparql-query' },
          body: query,
        })
        if (!response.ok) throw new Error(`the endpoint answers ${response.status}: ${await response.text()}`)
        const { results } = (await response.json()) as SparqlResults
        return results.bindings.map((binding) =>
          Object.fromEntries(Object.entries(binding).map(([variable, { value }]) => [variable, value])),
        )
      }
      return keys === undefined ? ask([]) : (await inBlocks(keys, KEYS.sparql, AT_ONCE.sparql, ask)).flat()
    },
    heads: async (keys) => {
      const found = await inBlocks(keys, 1, AT_ONCE.s3, async ([key]) => {
        const command = new GetObjectCommand({ Bucket: name, Key: key!, Range: `bytes=0-${HEAD_BYTES - 1}` })
        return (await lake.send(command)).Body!.transformToByteArray()
      })
      return found
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([embedded.close(), pool.end(), mongodb.close()])
      lake.destroy()
    },
  }
}

interface SparqlResults {
  readonly results: { readonly bindings: readonly Readonly<Record<string, { readonly value: string }>>[] }
}

/** Asks for blocks of keys, so many at once; answers in the order of the keys. */
async function inBlocks<Key, Found>(
  keys: readonly Key[],
  most: number,
  atOnce: number,
  ask: (block: readonly Key[]) => Promise<Found>,
): Promise<readonly Found[]> {
  const blocks = Array.from({ length: Math.ceil(keys.length / most) }, (_, i) => keys.slice(i * most, (i + 1) * most))
  const found: Found[] = new Array(blocks.length)
  let next = 0
  const work = async (): Promise<void> => {
    for (let index = next++; index < blocks.length; index = next++) found[index] = await ask(blocks[index]!)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, blocks.length) }, work))
  return found
}
