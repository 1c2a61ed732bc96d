import type { Batch } from '../../../connectors/connector.ts'
import type { Pattern, Plan } from '../../../planner/algebra.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import type { GraphTerm, NamedNode, PatternTerm, Term, Variable } from '../../../planner/term.ts'
import { defaultGraph, termFromKey, variable } from '../../../planner/term.ts'
import { abortError, type QueryContext } from '../context.ts'
import { execute } from '../execute.ts'
import type { Asked } from './protocol.ts'
import { textOf } from './terms.js'

/** A block of a pattern's rows: the terms of its variable positions, row after row. */
export interface Block {
  readonly terms: readonly string[]
  readonly done: boolean
}

/** Patterns that are answered for the worker, by the engine's own planner and operators. */
export interface Patterns {
  open(request: number, pattern: Asked): void
  /** The next block of a pattern; an empty last one where it was closed meanwhile. */
  pull(request: number): Promise<Block>
  close(request: number): void
  closeAll(): void
}

/** Blocks that are being fetched at once; an open pattern that is not asked for its next block takes none of them. */
const MOST_AT_ONCE = 16
/** Rows above which Comunica needs seconds and gigabytes for what the executor does in milliseconds. */
export const MANY_ROWS = 100_000
/** Rows of all patterns together that one query may fetch. */
const MOST_ROWS = 5_000_000

interface Open {
  readonly rows: AsyncGenerator<Batch>
  readonly names: readonly string[]
  readonly controller: AbortController
}

const POSITIONS = ['s', 'p', 'o', 'g'] as const

export function servePatterns(plan: (pattern: Pattern) => Plan, context: QueryContext): Patterns {
  const opened = new Map<number, Open>()
  const turns = createTurns(MOST_AT_ONCE)
  let fetched = 0

  const count = (rows: number) => {
    const before = fetched
    fetched += rows
    if (before <= MANY_ROWS && fetched > MANY_ROWS) {
      context.trace.warnings.push(
        `The long tail (Comunica) fetches more than ${MANY_ROWS} rows for this query, which is slow: make its patterns more selective`,
      )
    }
    if (fetched > MOST_ROWS) {
      throw new PolyprovError(
        'memory',
        `The long tail (Comunica) may fetch ${MOST_ROWS} rows for one query: make its patterns more selective`,
      )
    }
  }
  const end = (request: number) => {
    const found = opened.get(request)
    if (found === undefined) return
    opened.delete(request)
    found.controller.abort(new PolyprovError('cancelled', 'The pattern is needed no more'))
    found.rows.return(undefined).catch(() => {})
  }
  return {
    open(request, pattern) {
      const controller = new AbortController()
      const { signal } = controller
      const abort = () => controller.abort(abortError(context.signal))
      context.signal.addEventListener('abort', abort, { once: true })
      signal.addEventListener('abort', () => context.signal.removeEventListener('abort', abort), { once: true })
      const names = POSITIONS.filter((_, i) => pattern[i] === undefined)
      opened.set(request, { rows: execute(plan(patternOf(pattern)), { ...context, signal }), names, controller })
    },
    async pull(request) {
      const found = opened.get(request)
      if (found === undefined) return { terms: [], done: true }
      await turns.take()
      try {
        const next = await found.rows.next()
        if (next.done === true) {
          end(request)
          return { terms: [], done: true }
        }
        count(next.value.length)
        return { terms: termsOf(next.value, found.names, context), done: false }
      } catch (error) {
        if (opened.has(request)) throw error
        return { terms: [], done: true }
      } finally {
        turns.give()
      }
    },
    close: end,
    closeAll() {
      for (const request of [...opened.keys()]) end(request)
    },
  }
}

/** A pattern of text as one of terms; its variables are named by their positions. */
export function patternOf(asked: Asked): Pattern {
  const [subject, predicate, object, graph] = asked.map((text, i) => {
    if (text === undefined) return variable(POSITIONS[i]!)
    return text === '' ? defaultGraph : termFromKey(text)
  })
  return {
    kind: 'pattern',
    subject: subject as PatternTerm,
    predicate: predicate as NamedNode | Variable,
    object: object as PatternTerm,
    graph: graph as GraphTerm,
  }
}

/** The terms of a batch, row after row; of a pattern without variables a mark for every row. */
function termsOf(batch: Batch, names: readonly string[], { dictionary }: QueryContext): string[] {
  const columns = names.map((name) => batch.columns[batch.variables.indexOf(name)]!)
  const terms: string[] = []
  for (let row = 0; row < batch.length; row++) {
    if (columns.length === 0) terms.push('')
    for (const column of columns) terms.push(textOf(dictionary.decode(column[row]!) as Term))
  }
  return terms
}

/** So many at once, the others in turn. */
function createTurns(most: number) {
  const waiting: (() => void)[] = []
  let taken = 0
  return {
    async take(): Promise<void> {
      if (taken < most) {
        taken++
        return
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    },
    give() {
      const next = waiting.shift()
      if (next === undefined) taken--
      else next()
    },
  }
}
