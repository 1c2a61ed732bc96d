import { z } from 'zod'
import type { StoreDefinition } from '../../connector.ts'
import { hasUserInfo, parseOptions } from '../../parse-options.ts'

const schema = z.strictObject({
  id: z.string().min(1),
  type: z.literal('s3'),
  role: z.undefined().optional(),
  bucket: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{1,254}$/, 'must be the name of a bucket'),
  /** Locators are relative to it; it ends in `/` as a rule. */
  prefix: z.string().default(''),
  /** Any server that speaks S3; absent: Amazon's own of the region. */
  endpoint: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .refine((text) => !hasUserInfo(text), 'must hold no user name or password: they belong in credentials')
    .optional(),
  region: z.string().min(1).optional(),
  /** Absent: those of the environment, the shared files or the machine's role, in the order of the AWS SDK. */
  credentials: z
    .strictObject({
      accessKeyId: z.string().min(1),
      secretAccessKey: z.string().min(1),
      sessionToken: z.string().min(1).optional(),
    })
    .optional(),
  /** Requests are not signed: for public buckets. */
  anonymous: z.boolean().default(false),
  /** The bucket in the path instead of the host's name; the default with an endpoint. */
  pathStyle: z.boolean().optional(),
  /** Most requests at once. */
  concurrency: z.int().min(1).max(256).default(8),
  /** Milliseconds that a request may take. */
  timeout: z.int().min(1).max(3_600_000).default(30_000),
  /** How often a read that failed on the way is tried again. */
  retries: z.int().min(0).max(10).default(3),
})

/** A bucket, or what is beneath a prefix of its keys. */
export type S3Config = z.output<typeof schema>

/** @throws PolyprovError `configuration`, naming the store and each wrong member, never a credential */
export const s3Config = (definition: StoreDefinition): S3Config => parseOptions(schema, definition)
