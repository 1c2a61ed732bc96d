import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PolyprovError } from '../../planner/errors.ts'
import type { StoredQuery, StoredQueryParameter } from '../polystore.ts'

const TYPES = ['iri', 'string', 'integer', 'decimal', 'double', 'boolean'] as const
type ParameterType = (typeof TYPES)[number]

/** Names that runs of stored queries have a meaning for already. */
export const RESERVED_PARAMETERS = ['timeout', 'partial', 'verify'] as const

const isType = (text: string): text is ParameterType => (TYPES as readonly string[]).includes(text)

interface Place {
  readonly name: string
  readonly line: number
}

const wrong = (place: Place, message: string): PolyprovError =>
  new PolyprovError('configuration', `${place.name}:${place.line}: ${message}`, { line: place.line, column: 1 })

function parameter(text: string, place: Place): StoredQueryParameter {
  const [name = '', type = '', ...rest] = text.split(/\s+/)
  if (!/^[A-Za-z_]\w*$/.test(name)) throw wrong(place, `"${name}" is not a name that a variable can have`)
  if ((RESERVED_PARAMETERS as readonly string[]).includes(name)) {
    throw wrong(place, `${name} is an option of every query; choose another name`)
  }
  if (!isType(type)) throw wrong(place, `"${type}" is not a type; a parameter is one of ${TYPES.join(', ')}`)
  const options: { default?: string; oneOf?: readonly string[] } = {}
  while (rest.length > 0) {
    const match = /^(default|oneOf)=(.*)$/.exec(rest[0]!)
    if (match === null) break
    rest.shift()
    if (match[1] === 'default') options.default = match[2]!
    else options.oneOf = match[2]!.split(',')
  }
  if (options.default !== undefined && options.oneOf?.includes(options.default) === false) {
    throw wrong(place, `the default of ${name} is none of ${options.oneOf.join(', ')}`)
  }
  const description = rest.join(' ')
  return { name, type, ...options, ...(description === '' ? {} : { description }) }
}

/**
 * A stored query from its text. Comments at the top declare it: `# label: …`, `# description: …`, and for each
 * parameter `# param NAME TYPE [default=…] [oneOf=a,b] description`; the query names a parameter as `$NAME`.
 * @param name file name or the like, for messages
 * @throws `configuration` with the line of the declaration that is wrong
 */
export function parseStoredQuery(id: string, text: string, name = `${id}.rq`): StoredQuery {
  const parameters: StoredQueryParameter[] = []
  let label = id
  let description: string | undefined
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue
    const comment = /^\s*#\s*(.*?)\s*$/.exec(line)
    if (comment === null) break
    const [, key, value = ''] = /^(label|description|param):?\s+(.*)$/.exec(comment[1]!) ?? []
    if (key === 'label') label = value
    else if (key === 'description') description = description === undefined ? value : `${description} ${value}`
    else if (key === 'param') {
      const place = { name, line: index + 1 }
      const declared = parameter(value, place)
      if (parameters.some((other) => other.name === declared.name)) {
        throw wrong(place, `the parameter ${declared.name} is declared twice`)
      }
      parameters.push(declared)
    }
  }
  return { id, label, ...(description === undefined ? {} : { description }), text, parameters, builtin: false }
}

/** The stored queries of a folder: every `*.rq`, by file name. @throws `configuration` where it cannot be read. */
export async function readStoredQueries(folder: string): Promise<readonly StoredQuery[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new PolyprovError('configuration', `queries: the folder ${folder} cannot be read`, { cause })
  })
  const files = names.filter((name) => name.endsWith('.rq')).sort()
  return Promise.all(
    files.map(async (file) => {
      const path = join(folder, file)
      return parseStoredQuery(file.slice(0, -'.rq'.length), await readFile(path, 'utf8'), path)
    }),
  )
}
