import type { Connector, ConnectorContext, StoreDefinition } from '../../connector.ts'
import type { ObjectFormat } from '../../formats/format.ts'
import { objectFormats } from '../formats.ts'
import { objectConnector } from '../object-connector.ts'
import { bucketStore } from './bucket-store.ts'
import { createClient, importPackage, loadPackage, type S3Package } from './client.ts'
import { s3Config } from './config.ts'

/**
 * The objects of an S3 bucket: their listing and the headers of known formats, by ranged reads. Needs the package
 * `@aws-sdk/client-s3`; rejects with `configuration` where it is missing or the definition is wrong.
 */
export default async function s3(
  definition: StoreDefinition,
  context: Pick<ConnectorContext, 'base'>,
  formats: readonly ObjectFormat[] = objectFormats(),
  load: () => Promise<S3Package> = importPackage,
): Promise<Connector> {
  const config = s3Config(definition)
  const commands = await loadPackage(config.id, load)
  const client = createClient(commands, config)
  const { id, type, concurrency } = config
  const connector = objectConnector(bucketStore(client, commands, config), {
    id,
    type,
    base: context.base,
    formats,
    concurrency,
  })
  return {
    ...connector,
    async [Symbol.asyncDispose]() {
      await connector[Symbol.asyncDispose]?.()
      client.destroy()
    },
  }
}
