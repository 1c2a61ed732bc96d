import { pipeline, type Readable, Transform } from 'node:stream'
import type { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { PolyprovError } from '../../../planner/errors.ts'
import { retried } from '../../retry.ts'
import { untilAborted } from '../../until-aborted.ts'
import type { ObjectRequest } from '../object-store.ts'
import type { S3Config } from './config.ts'
import { failureOf, storeFailure } from './failures.ts'

/** A command of the client that changes nothing. */
type Command = GetObjectCommand | HeadObjectCommand | ListObjectsV2Command

/** One request's way to the server: `send` gives what the client makes of the answer. */
export type Send = <Output>(command: Command) => Promise<Output>

/**
 * Runs an idempotent exchange with the server, to the end of its body: again after a pause where it failed on the way,
 * within the time that a request has and never beyond the signal. Rejects with `store-failed` or `store-timeout`, naming
 * store and locator, or with the signal's reason.
 */
export const exchange = <Result>(
  client: S3Client,
  config: S3Config,
  request: ObjectRequest,
  locator: string | undefined,
  run: (send: Send, signal: AbortSignal) => Promise<Result>,
): Promise<Result> =>
  retried(() => once(client, config, request, locator, run), { ...request, retries: config.retries })

async function once<Result>(
  client: S3Client,
  config: S3Config,
  { signal, meter }: ObjectRequest,
  locator: string | undefined,
  run: (send: Send, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted()
  // Not AbortSignal.any: what it makes can be collected before it fires (Node 20).
  const request = new AbortController()
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    request.abort()
  }, config.timeout)
  const stop = () => request.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  const within = request.signal
  const send: Send = <Output>(command: Command) => {
    meter.request()
    countBytes(command, meter)
    // What a command's answer is, its caller knows: the client's types tell it for one command at a time.
    return client.send(command as GetObjectCommand, { abortSignal: within }) as Promise<unknown> as Promise<Output>
  }
  try {
    return await untilAborted(run(send, within), within)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof PolyprovError) throw error
    throw isLate ? timedOut(config, locator) : storeFailure(failureOf(error), config, locator)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

function timedOut({ id: store, bucket, timeout }: S3Config, locator: string | undefined): PolyprovError {
  const what = locator === undefined ? `the bucket '${bucket}'` : `the object '${locator}'`
  const details = locator === undefined ? { store } : { store, locator }
  return new PolyprovError('store-timeout', `The store '${store}' gave no answer for ${what} in ${timeout} ms`, details)
}

/** Every byte of the answer's body on its way to the client, of errors and listings as well. */
function countBytes(command: Command, meter: ObjectRequest['meter']): void {
  const { middlewareStack } = command as GetObjectCommand
  // A command that is sent again has it already.
  middlewareStack.add(
    (next) => async (handled) => {
      const result = await next(handled)
      const response = result.response as { body?: Readable }
      if (typeof response.body?.pipe === 'function') response.body = counted(response.body, meter)
      return result
    },
    { step: 'deserialize', priority: 'low', name: 'countBytes', override: true },
  )
}

function counted(body: Readable, meter: ObjectRequest['meter']): Readable {
  const counter = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      meter.bytes(chunk.length)
      done(null, chunk)
    },
  })
  // Errors of the body become those of the counter, where they are read.
  pipeline(body, counter, () => undefined)
  return counter
}
