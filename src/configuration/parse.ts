import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import type { z } from 'zod'
import { PolyprovError } from '../../planner/errors.ts'
import { type ConfigurationFile, configurationSchema } from './schema.ts'
import { literalCredentials } from './secrets.ts'
import { checkStoreOptions } from './store-options.ts'

type Path = readonly PropertyKey[]
type YamlDocument = ReturnType<typeof parseDocument>

interface Source {
  readonly file: string
  readonly document: YamlDocument
  readonly lines: LineCounter
}

const LARGEST = 1_048_576

function failure(file: string, message: string, position?: { line: number; col: number }): PolyprovError {
  if (position === undefined) return new PolyprovError('configuration', `${file}: ${message}`)
  const { line, col: column } = position
  return new PolyprovError('configuration', `${file}:${line}:${column}: ${message}`, { line, column })
}

/** Where the path's value stands, or the nearest thing around it. */
function position({ document, lines }: Source, path: Path, key?: string): { line: number; col: number } {
  for (let length = path.length; length >= 0; length--) {
    const node = (length === 0 ? document.contents : document.getIn(path.slice(0, length), true)) as Node | null
    if (node == null) continue
    const pair =
      key !== undefined && isMap(node) ? node.items.find((item) => isScalar(item.key) && item.key.value === key) : null
    const start = ((pair?.key ?? node) as Node).range?.[0]
    if (start !== undefined) return lines.linePos(start)
  }
  return { line: 1, col: 1 }
}

const dotted = (path: Path): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  )

function describeIssue(source: Source, issue: z.core.$ZodIssue): PolyprovError {
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!
    const place = issue.path.length === 0 ? 'the top level' : dotted(issue.path)
    return failure(source.file, `unknown key "${key}" in ${place}`, position(source, issue.path, key))
  }
  return failure(source.file, `${dotted(issue.path)}: ${issue.message}`, position(source, issue.path))
}

function readYaml(text: string, file: string): { readonly source: Source; readonly value: unknown } {
  if (text.length > LARGEST) throw failure(file, `the configuration is longer than ${LARGEST} characters`)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const source = { file, document, lines }
  const problem = document.errors[0]
  if (problem !== undefined) throw failure(file, problem.message, lines.linePos(problem.pos[0]))
  try {
    return { source, value: document.toJS({ maxAliasCount: 100 }) ?? {} }
  } catch (cause) {
    throw failure(file, cause instanceof Error ? cause.message : String(cause), { line: 1, col: 1 })
  }
}

/** Rules between stores: unique ids, one home of the provenance, no credential written out. */
function checkStores(source: Source, { stores }: ConfigurationFile): void {
  const seen = new Set<string>()
  let home: string | undefined
  for (const [index, store] of stores.entries()) {
    const path = ['stores', index]
    if (seen.has(store.id)) {
      throw failure(source.file, `there are two stores "${store.id}"`, position(source, [...path, 'id']))
    }
    seen.add(store.id)
    if (store.role !== undefined) {
      if (home !== undefined) {
        const message = `"${home}" has the role provenance already; one store has it`
        throw failure(source.file, message, position(source, [...path, 'role']))
      }
      home = store.id
    }
    const [credential] = literalCredentials(store, path)
    if (credential !== undefined) {
      const message = `${dotted(credential)}: credentials are given as \${NAME} or { file: path } only`
      throw failure(source.file, message, position(source, credential))
    }
  }
}

/**
 * The configuration from its text, defaults filled in and secrets unresolved.
 * @throws `configuration` with file, line and column
 */
export function parseConfiguration(text: string, file: string): ConfigurationFile {
  const { source, value } = readYaml(text, file)
  const parsed = configurationSchema.safeParse(value)
  if (!parsed.success) throw describeIssue(source, parsed.error.issues[0]!)
  checkStores(source, parsed.data)
  for (const [index, store] of parsed.data.stores.entries()) {
    const [issue] = checkStoreOptions(store)
    if (issue !== undefined) throw describeIssue(source, { ...issue, path: ['stores', index, ...issue.path] })
  }
  return parsed.data
}
