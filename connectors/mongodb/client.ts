import type { MongoClient, MongoClientOptions } from 'mongodb'
import { PolyprovError } from '../../planner/errors.ts'
import { optionalPackage } from '../optional-package.ts'
import type { MongodbConfig } from './config.ts'

/** The package of the driver: an optional peer, loaded when a store of this type is opened. */
export type MongodbPackage = Pick<
  typeof import('mongodb'),
  'MongoClient' | 'BSON' | 'ObjectId' | 'Long' | 'Int32' | 'Double' | 'Decimal128' | 'Binary' | 'UUID'
>

export const importPackage = (): Promise<MongodbPackage> => import('mongodb')

/** Rejects with `configuration` where the package is not installed. */
export const loadPackage = (store: string, load: () => Promise<MongodbPackage>): Promise<MongodbPackage> =>
  optionalPackage('mongodb', `The store '${store}' of type mongodb`, load, { store })

const CONNECT_MILLISECONDS = 10_000

/**
 * A client that connects when it is first asked, and anew when the server is back.
 * @throws PolyprovError `configuration` where the connection string is none, without showing it
 */
export function createClient({ MongoClient }: MongodbPackage, config: MongodbConfig): MongoClient {
  const { id, url, timeout, connections } = config
  const connect = Math.min(timeout, CONNECT_MILLISECONDS)
  const options: MongoClientOptions = {
    appName: 'polyprov',
    maxPoolSize: connections,
    waitQueueTimeoutMS: timeout,
    connectTimeoutMS: connect,
    serverSelectionTimeoutMS: connect,
    retryReads: true,
  }
  try {
    return new MongoClient(url, options)
  } catch {
    // The driver's own words may quote the connection string.
    throw new PolyprovError('configuration', `Store '${id}' of type mongodb: url is no valid connection string`, {
      store: id,
    })
  }
}
