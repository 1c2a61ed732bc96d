import type { Quad, Term } from '../../../planner/term.ts'
import type { Execution, Stats } from '../../../src/polystore.ts'

const stats: Stats = {
  stores: { memory: { requests: 2, rows: 3, bytes: 4, milliseconds: 5 } },
  rows: 3,
  milliseconds: { planning: 1, total: 2 },
}

async function* blocksOf<Item>(items: readonly Item[], size: number): AsyncGenerator<readonly Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size)
}

type Bindings = Extract<Execution, { kind: 'bindings' }>
type Quads = Extract<Execution, { kind: 'quads' }>

export const bindingsExecution = (
  variables: readonly string[],
  rows: readonly (readonly (Term | undefined)[])[],
  warnings: readonly string[] = [],
  blockSize = 2,
): Bindings => ({
  id: 'q',
  kind: 'bindings',
  variables,
  blocks: blocksOf(rows, blockSize),
  stats: () => stats,
  warnings: () => warnings,
})

export const booleanExecution = (value: boolean, warnings: readonly string[] = []) =>
  ({ id: 'q', kind: 'boolean', value, stats: () => stats, warnings: () => warnings }) as const

export const quadsExecution = (quads: readonly Quad[], prefixes: Readonly<Record<string, string>> = {}): Quads => ({
  id: 'q',
  kind: 'quads',
  prefixes,
  blocks: blocksOf(quads, 3),
  stats: () => stats,
  warnings: () => [],
})

export async function textOf(chunks: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const chunk of chunks) text += chunk
  return text
}
