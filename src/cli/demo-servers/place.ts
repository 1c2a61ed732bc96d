import { createHash } from 'node:crypto'
import { optionalPackage } from '../../../connectors/optional-package.ts'
import { PolyprovError } from '../../../planner/errors.ts'

/** The names that the example has in servers: its own, so that it meets nothing of anybody else's. */
export interface Names {
  /** A database of MongoDB. */
  readonly database: string
  /** A schema of PostgreSQL. */
  readonly schema: string
  readonly bucket: string
  /** A graph of the SPARQL server. */
  readonly graph: string
}

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const LONGEST_NAME = 40

/** @throws `usage` */
export function namesOf(name: string): Names {
  if (!NAME.test(name) || name.length > LONGEST_NAME) {
    throw new PolyprovError('usage', `--name ${name} is no name: small letters, digits and single hyphens, 40 at most`)
  }
  const underscored = `polyprov_${name.replaceAll('-', '_')}`
  return {
    database: underscored,
    schema: underscored,
    bucket: `polyprov-${name}`,
    graph: `urn:polyprov:${name}:annotations`,
  }
}

/** What a part of the example is loaded with. */
export interface LoadContext {
  /** The folder of the example. */
  readonly directory: string
  readonly names: Names
  readonly signal: AbortSignal
  progress(label: string, done: number, total: number): void
  warn(message: string): void
}

/** What was loaded, in words: `6 rows, schema polyprov_demo`. */
export interface Loaded {
  readonly what: string
  /** Whether all of it was there already. */
  readonly isKept: boolean
}

/** Begins what marks a place in a server as this command's own. */
export const MARK = 'polyprov demo'

/** A digest of texts, in their order. */
export function digestOf(texts: Iterable<string>): string {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(`${text}\n`)
  return hash.digest('hex')
}

/** The mark of a place that holds what has this digest. */
export const markOf = (digest: string): string => `${MARK}: ${digest}`

/** The refusal to touch what others have made. */
export const notOurs = (place: string, what: string): PolyprovError =>
  new PolyprovError(
    'conflict',
    `${place} holds ${what}, which polyprov demo did not make: nothing was touched; choose another name with --name`,
  )

/**
 * An optional package.
 * @throws `configuration` where it is not installed
 */
export const demoPackage = <Module>(name: string, load: () => Promise<Module>): Promise<Module> =>
  optionalPackage(name, '--stores real', load)

/** Runs with a signal of its own, which is aborted with the outer one or when the time is up. */
export async function limited<Result>(
  signal: AbortSignal,
  milliseconds: number,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted()
  // Not AbortSignal.any: what it makes can be collected before it fires (Node 20).
  const own = new AbortController()
  const stop = () => own.abort(signal.reason)
  const late = () => own.abort(new Error(`no answer in ${milliseconds / 1000} s`))
  const timer = setTimeout(late, milliseconds)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await run(own.signal)
  } catch (error) {
    signal.throwIfAborted()
    throw own.signal.aborted ? own.signal.reason : error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
