import { readdir } from 'node:fs/promises'
import { join, parse, resolve, sep } from 'node:path'

/** Whether a path has wildcards. */
export const hasWildcards = (path: string): boolean => /[*?]/.test(path)

/**
 * The files that a pattern names, sorted: `*` and `?` within a name, `**` for folders of any depth. Wildcards match no
 * hidden names and follow no links to folders.
 */
export async function expandGlob(pattern: string, folder: string): Promise<readonly string[]> {
  const absolute = resolve(folder, pattern)
  const { root } = parse(absolute)
  const segments = absolute
    .slice(root.length)
    .split(sep)
    .filter((segment) => segment !== '')
  const found = new Set<string>()
  await descend(root, segments, found)
  return [...found].sort()
}

async function descend(folder: string, segments: readonly string[], found: Set<string>): Promise<void> {
  const [segment, ...rest] = segments
  if (segment === undefined) return
  if (!hasWildcards(segment)) {
    const path = join(folder, segment)
    if (rest.length > 0) await descend(path, rest, found)
    else if (await isFile(folder, segment)) found.add(path)
    return
  }
  if (segment === '**') await descend(folder, rest, found)
  const matches = segment === '**' ? /^[^.]/ : nameMatcher(segment)
  for (const entry of await entriesOf(folder)) {
    if (!matches.test(entry.name)) continue
    const path = join(folder, entry.name)
    if (segment === '**') {
      if (entry.isDirectory()) await descend(path, segments, found)
    } else if (rest.length > 0) {
      if (entry.isDirectory() || entry.isSymbolicLink()) await descend(path, rest, found)
    } else if (entry.isFile() || entry.isSymbolicLink()) found.add(path)
  }
}

function nameMatcher(segment: string): RegExp {
  const source = segment
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.')
  return new RegExp(`^${/^[*?]/.test(segment) ? '(?!\\.)' : ''}${source}$`, 'u')
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

const isFile = async (folder: string, name: string): Promise<boolean> =>
  (await entriesOf(folder)).some((entry) => entry.name === name && !entry.isDirectory())
