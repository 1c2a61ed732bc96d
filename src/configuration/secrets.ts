import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { PolyprovError } from '../../planner/errors.ts'

export interface SecretSources {
  /** Folder that relative paths of secret files start from. */
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g
const SECRET_NAME = /pass(?:word|phrase)?$|secret|token$|credential|access[_-]?key|api[_-]?key|authorization|cookie/i
/** Half of a credential: not shown, though it may be written out in a configuration. */
const USER_NAME = /^user(?:_?name)?$/i
/** What stands in a request's headers may be a credential under any name. */
const HEADERS = /^headers$/i
const MASK = '***'

const isHidden = (key: string): boolean => SECRET_NAME.test(key) || USER_NAME.test(key)

type Record_ = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Record_ =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const secretFile = (value: Record_): string | undefined => {
  const { file, ...others } = value
  return typeof file === 'string' && Object.keys(others).length === 0 ? file : undefined
}

/**
 * The value with `${NAME}` replaced by the environment's and `{ file: path }` by what the file holds, at any depth.
 * Called when a store is opened, not before: what has not been resolved cannot be printed.
 * @throws `configuration` where a variable is not set or a file cannot be read; the message has the name, never the text.
 */
export async function resolveSecrets(value: unknown, sources: SecretSources, where = ''): Promise<unknown> {
  if (typeof value === 'string') return fromEnvironment(value, sources, where)
  if (Array.isArray(value)) {
    return Promise.all(value.map((item, index) => resolveSecrets(item, sources, `${where}[${index}]`)))
  }
  if (!isRecord(value)) return value
  const file = secretFile(value)
  if (file !== undefined) return fromFile(file, sources, where)
  const entries = Object.entries(value).map(
    async ([key, item]) => [key, await resolveSecrets(item, sources, where === '' ? key : `${where}.${key}`)] as const,
  )
  return Object.fromEntries(await Promise.all(entries))
}

/** Whether the value names environment variables or secret files. */
export function namesSecrets(value: unknown): boolean {
  if (typeof value === 'string') return new RegExp(REFERENCE).test(value)
  if (Array.isArray(value)) return value.some(namesSecrets)
  return isRecord(value) && (secretFile(value) !== undefined || Object.values(value).some(namesSecrets))
}

function fromEnvironment(text: string, { environment }: SecretSources, where: string): string {
  return text.replace(REFERENCE, (_, name: string) => {
    const value = environment[name]
    if (value === undefined) {
      throw new PolyprovError('configuration', `${where}: the environment variable ${name} is not set`, {
        parameter: name,
      })
    }
    return value
  })
}

async function fromFile(file: string, { folder }: SecretSources, where: string): Promise<string> {
  try {
    return (await readFile(resolve(folder, file), 'utf8')).replace(/\r?\n$/, '')
  } catch (cause) {
    throw new PolyprovError('configuration', `${where}: the secret file ${file} cannot be read`, { cause })
  }
}

/** A URL without user name and password; other text as it is. */
export const withoutUserInfo = (text: string): string =>
  text.replace(/([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^/?#\s@]*(?:@[^/?#\s@]*)*@/g, `$1${MASK}@`)

const isReference = (text: string): boolean => /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/.test(text)

/**
 * The value as it may be shown: what stands under a name that speaks of secrets is masked, and so are user names and
 * passwords in URLs. `${NAME}` stays, for it gives nothing away.
 */
export function redact(value: unknown, key = ''): unknown {
  if (typeof value === 'string') {
    if (isReference(value)) return value
    return isHidden(key) ? MASK : withoutUserInfo(value)
  }
  if (Array.isArray(value)) return value.map((item) => redact(item, key))
  if (isRecord(value)) {
    const keyOf = (name: string) => (HEADERS.test(key) ? 'authorization' : name)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, redact(item, keyOf(name))]))
  }
  return isHidden(key) && value !== undefined && value !== null ? MASK : value
}

/** Paths of credentials that are written out instead of being taken from the environment or a file. */
export function literalCredentials(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (typeof value === 'string') {
    const key = path.findLast((part) => typeof part === 'string')
    const named = typeof key === 'string' && SECRET_NAME.test(key) && !/\$\{/.test(value)
    const inUrl = /:\/\/[^/?#\s@:]*:[^/?#\s@${}]+@/.test(value)
    return named || inUrl ? [[...path]] : []
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => literalCredentials(item, [...path, index]))
  if (!isRecord(value) || secretFile(value) !== undefined) return []
  return Object.entries(value).flatMap(([key, item]) => literalCredentials(item, [...path, key]))
}
