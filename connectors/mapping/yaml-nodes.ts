import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { PolyprovError } from '../../planner/errors.ts'

/** A YAML text whose nodes know their line and column, so that errors can name them. */
export interface YamlText {
  readonly root: Node | null
  /** Entries of a mapping, in order; its keys are texts. */
  entries(node: Node, what: string): readonly YamlEntry[]
  items(node: Node): readonly Node[]
  /** The text of a scalar as it was written. */
  text(node: Node, what: string): string
  kind(node: Node): 'map' | 'list' | 'scalar'
  /** An error that names file, line and column. */
  error(node: Node | null | undefined, reason: string): PolyprovError
}

export interface YamlEntry {
  readonly key: string
  readonly value: Node
  readonly keyNode: Node
}

/** @throws PolyprovError `configuration`, where the text is no YAML */
export function yamlText(text: string, file: string): YamlText {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const errorAt = (offset: number, reason: string): PolyprovError => {
    const { line, col } = lines.linePos(offset)
    return new PolyprovError('configuration', `${file}, line ${line}, column ${col}: ${reason}`, { line, column: col })
  }
  const [broken] = document.errors
  if (broken !== undefined) throw errorAt(broken.pos[0], broken.message)
  const error = (node: Node | null | undefined, reason: string) => errorAt(node?.range?.[0] ?? 0, reason)

  const resolved = (node: Node): Node => {
    const target = isAlias(node) ? node.resolve(document) : node
    if (target === undefined) throw error(node, 'the alias has no anchor')
    return target as Node
  }
  return {
    root: document.contents,
    error,
    kind(node) {
      const target = resolved(node)
      return isMap(target) ? 'map' : isSeq(target) ? 'list' : 'scalar'
    },
    entries(node, what) {
      const target = resolved(node)
      if (!isMap(target)) throw error(node, `${what} has to be a mapping`)
      return target.items.map(({ key, value }) => {
        if (!isScalar(key) || value === null)
          throw error((key as Node | null) ?? node, `${what}: a key without a value`)
        return { key: String(key.value), value: value as Node, keyNode: key }
      })
    },
    items(node) {
      const target = resolved(node)
      return isSeq(target) ? (target.items as readonly Node[]) : [target]
    },
    text(node, what) {
      const target = resolved(node)
      if (!isScalar(target) || target.value === null) throw error(node, `${what} has to be a text`)
      return typeof target.value === 'string' ? target.value : (target.source ?? String(target.value))
    },
  }
}
