import type { FieldPath } from '../../planner/views/view.ts'
import { INDEX, ROOT } from '../../planner/views/view.ts'

/** A text with references: `text` is one longer than `references`, which stand between its parts. */
export interface ParsedTemplate {
  readonly text: readonly string[]
  readonly references: readonly string[]
}

/**
 * A YARRRML template, `http://example.org/$(id)/$(name)`: a backslash before `$`, `(`, `)` or itself takes away their
 * meaning. `undefined` where a reference is empty or not closed.
 */
export function parseTemplate(source: string): ParsedTemplate | undefined {
  const text: string[] = ['']
  const references: string[] = []
  let reference: string | undefined
  for (let index = 0; index < source.length; index++) {
    const character = source[index]!
    const escaped = character === '\\' && '$()\\'.includes(source[index + 1] ?? ' ')
    if (reference === undefined && character === '$' && source[index + 1] === '(') {
      reference = ''
      index++
    } else if (reference !== undefined && character === ')') {
      if (reference === '') return undefined
      references.push(reference)
      text.push('')
      reference = undefined
    } else {
      if (escaped) index++
      const literally = escaped ? source[index]! : character
      if (reference === undefined) text[text.length - 1] += literally
      else reference += literally
    }
  }
  return reference === undefined ? { text, references } : undefined
}

const STEP = /\.?(?:\[(\*)\]|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]|((?:[^.[\\]|\\.)+))/y

/**
 * A reference as the path of a field: names with dots between (`\.` within a name), `[*]`, `[0]`, `['name']`, from
 * `$` the whole record whatever the iterator; `@index` is the element's position. `undefined` where it is none.
 */
export function parseReference(reference: string): FieldPath | undefined {
  if (reference === INDEX) return [INDEX]
  const rooted = /^\$(?=[.[]|$)/.test(reference)
  const steps = parseSteps(rooted ? reference.slice(1) : reference)
  return steps === undefined ? undefined : rooted ? [ROOT, ...steps] : steps
}

/** A JSONPath iterator, `$.items[*]`, as the path of an array: empty for `$` and `$[*]`, the record itself. */
export function parseIterator(iterator: string): FieldPath | undefined {
  const steps = parseSteps(iterator.replace(/^\$/, ''))
  return steps?.length === 1 && steps[0] === '*' ? [] : steps
}

function parseSteps(text: string): FieldPath | undefined {
  const steps: string[] = []
  STEP.lastIndex = 0
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text)
    if (match === null) return undefined
    const [, any, position, single, double, name] = match
    steps.push(any ?? position ?? withoutEscapes(single ?? double ?? name ?? ''))
  }
  return steps
}

const withoutEscapes = (name: string): string => name.replace(/\\(.)/g, '$1')
