import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { optionalPackage } from '../../optional-package.ts'
import type { S3Config } from './config.ts'

/** The package of the client: an optional peer, loaded when a store of this type is opened. */
export type S3Package = Pick<
  typeof import('@aws-sdk/client-s3'),
  'S3Client' | 'GetObjectCommand' | 'HeadObjectCommand' | 'ListObjectsV2Command'
>

export const importPackage = (): Promise<S3Package> => import('@aws-sdk/client-s3')

/** Rejects with `configuration` where the package is not installed. */
export const loadPackage = (store: string, load: () => Promise<S3Package>): Promise<S3Package> =>
  optionalPackage('@aws-sdk/client-s3', `The store '${store}' of type s3`, load, { store })

const CONNECT_MILLISECONDS = 10_000

/** The region of a server that has none: it is part of the signature all the same. */
const ANY_REGION = 'us-east-1'

export function createClient({ S3Client }: S3Package, config: S3Config): S3Client {
  const { endpoint, region, credentials, anonymous, concurrency, pathStyle = endpoint !== undefined } = config
  const defaultRegion = endpoint === undefined ? undefined : ANY_REGION
  const where = region ?? process.env['AWS_REGION'] ?? defaultRegion
  const options: S3ClientConfig = {
    ...(where === undefined ? {} : { region: where }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials: withoutUndefined(credentials) }),
    ...(anonymous ? { signer: { sign: async (request) => request }, credentials: NOBODY } : {}),
    forcePathStyle: pathStyle,
    // Many servers know no trailing checksums, and a ranged read has none.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Tried again here instead, where every request is counted and the query's deadline is known.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_MILLISECONDS,
      httpAgent: { keepAlive: true, maxSockets: concurrency },
      httpsAgent: { keepAlive: true, maxSockets: concurrency },
    },
  }
  return new S3Client(options)
}

const NOBODY = { accessKeyId: '', secretAccessKey: '' }

const withoutUndefined = ({ sessionToken, ...keys }: NonNullable<S3Config['credentials']>) =>
  sessionToken === undefined ? keys : { ...keys, sessionToken }
