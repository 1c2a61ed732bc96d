import { realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { PolyprovError } from '../../../planner/errors.ts'

/** Where a store's files are. */
export interface Folder {
  readonly store: string
  readonly path: string
}

/** Why a locator is no path within a folder; `undefined` for one that is. */
function offence(locator: string): string | undefined {
  if (locator === '') return 'is empty'
  if (locator.includes('\0')) return 'holds a NUL byte'
  if (locator.includes('\\')) return "holds a backslash (parts are parted by '/')"
  if (locator.startsWith('/') || /^[A-Za-z]:/.test(locator)) return 'is an absolute path'
  if (locator.split('/').includes('..')) return "leads out of its folder ('..')"
  return undefined
}

const forbidden = ({ store }: Folder, locator: string, reason: string): PolyprovError =>
  new PolyprovError(
    'forbidden',
    `The locator ${JSON.stringify(locator)} of the store '${store}' ${reason}: locators are paths within its folder`,
    { store, locator },
  )

/**
 * The file behind a locator, links followed; `undefined` where there is none. Rejects with `forbidden` where it is not
 * within the folder, whether by its text or by a symbolic link.
 */
export async function locate(folder: Folder, locator: string): Promise<string | undefined> {
  const reason = offence(locator)
  if (reason !== undefined) throw forbidden(folder, locator, reason)
  const root = await rootOf(folder)
  const path = await existing(join(root, locator))
  if (path !== undefined && !isWithin(root, path))
    throw forbidden(folder, locator, 'leads out of its folder by a symbolic link')
  return path
}

const isWithin = (root: string, path: string): boolean => path.startsWith(root.endsWith(sep) ? root : root + sep)

/** The folder's own path, links followed. */
export async function rootOf({ store, path }: Folder): Promise<string> {
  try {
    return await realpath(path)
  } catch (cause) {
    throw new PolyprovError(
      'store-failed',
      `The folder ${path} of the store '${store}' cannot be read: ${messageOf(cause)}`,
      {
        store,
        cause,
      },
    )
  }
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'])

async function existing(path: string): Promise<string | undefined> {
  try {
    return await realpath(path)
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** Whether a file system error says that there is no such file. */
export const isAbsent = (error: unknown): boolean => ABSENT.has(codeOf(error))

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
