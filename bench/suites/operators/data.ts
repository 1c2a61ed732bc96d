import { XSD } from '../../../planner/namespaces.ts'
import { iri, literal, type Term } from '../../../planner/term.ts'
import { createMemoryBudget, type QueryContext } from '../../../src/engine/context.ts'
import { createTable, type Table } from '../../../src/engine/table.ts'
import { createTermTable, type TermTable } from '../../../src/engine/term-table.ts'
import { operatorContext } from './operator-context.ts'

export const GROUPS = 1_000
export const INTEGERS = 10_000
/** Prime, and so are its products with row numbers a permutation of the rows. */
export const SHUFFLE = 611_953

/** Runs that do not count: until the operators are compiled. */
export const WARM_UP = 2

export const DATA = 'data'
export const LEFT = ['entity', 'group', 'integer', 'double', 'label'] as const
export const RIGHT = ['entity', 'other'] as const

export const INTEGER = iri(`${XSD}integer`)
export const DOUBLE = iri(`${XSD}double`)

const BUDGET = 4 * 2 ** 30

export interface Data {
  readonly dictionary: TermTable
  /** A context of its own for each run. */
  context(): QueryContext
}

/** Two tables over one term table: entities are all distinct, and so are doubles and labels. */
export function createData(rows: number): Data {
  const dictionary = createTermTable()
  const memory = createMemoryBudget(BUDGET)
  const encoded = (count: number, term: (i: number) => Term): Uint32Array =>
    Uint32Array.from({ length: count }, (_, i) => dictionary.encode(term(i)))
  const entities = encoded(rows, (i) => iri(`http://example.org/store/seismic/object/${i}`))
  const groups = encoded(GROUPS, (i) => iri(`http://example.org/group/${i}`))
  const integers = encoded(INTEGERS, (i) => literal(String(i), INTEGER))
  const doubles = encoded(rows, (i) => literal(`${((i * 7_919) % rows) / 64}E0`, DOUBLE))
  const labels = encoded(rows, (i) => literal(`Survey ${(i * 7_919) % rows} of the shelf`))

  const left = createTable(LEFT, memory)
  const right = createTable(RIGHT, memory)
  for (let i = 0; i < rows; i++) {
    const shuffled = (i * SHUFFLE) % rows
    const group = groups[shuffled % GROUPS]!
    left.appendRow([entities[i]!, group, integers[shuffled % INTEGERS]!, doubles[i]!, labels[i]!])
    right.appendRow([entities[shuffled]!, integers[i % INTEGERS]!])
  }
  const context = (): QueryContext => ({
    ...operatorContext(dictionary, createMemoryBudget(BUDGET)),
    branches: new Map<string, readonly Table[]>([[DATA, [left, right]]]),
  })
  return { context, dictionary }
}
