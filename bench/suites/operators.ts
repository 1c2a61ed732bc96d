import type { Aggregate, Expression, Plan } from '../../planner/algebra.ts'
import { XSD } from '../../planner/namespaces.ts'
import { iri, literal, type Term } from '../../planner/term.ts'
import { createMemoryBudget, type QueryContext } from '../../src/engine/context.ts'
import { evaluationContext } from '../../src/engine/evaluation.ts'
import { execute } from '../../src/engine/execute.ts'
import { createTable, type Table } from '../../src/engine/table.ts'
import { termRows } from '../../src/engine/term-rows.ts'
import { createTermTable } from '../../src/engine/term-table.ts'
import { createTrace } from '../../src/engine/trace.ts'
import { serialise } from '../../src/results/serialise.ts'
import { type Measurement, milliseconds, type SuiteOptions, timed } from '../measure.ts'

const ROWS = 1_000_000
const GROUPS = 1_000
const INTEGERS = 10_000

const DATA = 'data'
const LEFT = ['entity', 'group', 'integer', 'double'] as const
const RIGHT = ['entity', 'other'] as const

const INTEGER = iri(`${XSD}integer`)
const DOUBLE = iri(`${XSD}double`)

/** Two tables of a million rows over one term table: entities are all distinct, and so are the doubles. */
function createData() {
  const dictionary = createTermTable()
  const controller = new AbortController()
  const memory = createMemoryBudget(4 * 2 ** 30)
  const encoded = (count: number, term: (i: number) => Term): Uint32Array =>
    Uint32Array.from({ length: count }, (_, i) => dictionary.encode(term(i)))
  const entities = encoded(ROWS, (i) => iri(`http://example.org/store/seismic/object/${i}`))
  const groups = encoded(GROUPS, (i) => iri(`http://example.org/group/${i}`))
  const integers = encoded(INTEGERS, (i) => literal(String(i), INTEGER))
  const doubles = encoded(ROWS, (i) => literal(`${((i * 7_919) % ROWS) / 64}E0`, DOUBLE))

  const left = createTable(LEFT, memory)
  const right = createTable(RIGHT, memory)
  for (let i = 0; i < ROWS; i++) {
    const shuffled = (i * 611_953) % ROWS
    left.appendRow([entities[i]!, groups[shuffled % GROUPS]!, integers[shuffled % INTEGERS]!, doubles[i]!])
    right.appendRow([entities[shuffled]!, integers[i % INTEGERS]!])
  }
  const context = (): QueryContext => ({
    ...evaluationContext(undefined, controller.signal),
    dictionary,
    signal: controller.signal,
    trace: createTrace(),
    partial: false,
    verify: false,
    memory: createMemoryBudget(4 * 2 ** 30),
    connectors: new Map(),
    guards: new Map(),
    deadline: Number.POSITIVE_INFINITY,
    plan: (plan) => plan,
    planAlone: (plan) => plan,
    planWithin: (plan) => plan,
    services: { policy: 'none', timeout: 0, silentTimeout: 0, mostBytes: 0, next: () => 0 },
    branches: new Map<string, readonly Table[]>([[DATA, [left, right]]]),
  })
  return { context, dictionary }
}

const left: Plan = { kind: 'branch', name: DATA, number: 0, variables: LEFT, bound: LEFT }
const right: Plan = { kind: 'branch', name: DATA, number: 1, variables: RIGHT, bound: RIGHT }
const column = (...variables: readonly string[]): Plan => ({ kind: 'project', input: left, variables })
const variable = (name: string): Expression => ({ kind: 'variable', name })
const above = (name: string, number: string, datatype = INTEGER): Expression => ({
  kind: 'call',
  operator: '>',
  arguments: [variable(name), { kind: 'term', term: literal(number, datatype) }],
})
const countAndSum = (name: string): readonly Aggregate[] => [
  { variable: 'count', function: 'count', distinct: false },
  { variable: 'sum', function: 'sum', distinct: false, expression: variable(name) },
]

const PLANS: readonly (readonly [name: string, plan: Plan, goal?: number])[] = [
  ['hash join, 1M with 1M rows, one partner each', { kind: 'join', inputs: [left, right] }, 500],
  [
    'GROUP BY, 1,000 groups, COUNT and SUM of integers',
    { kind: 'group', input: left, keys: ['group'], aggregates: countAndSum('integer') },
    100,
  ],
  [
    'GROUP BY, 1,000 groups, COUNT and SUM of 1M distinct doubles',
    { kind: 'group', input: left, keys: ['group'], aggregates: countAndSum('double') },
  ],
  [
    'ORDER BY, integers',
    { kind: 'order', input: left, by: [{ expression: variable('integer'), descending: false }] },
    600,
  ],
  [
    'ORDER BY, 1M distinct doubles',
    { kind: 'order', input: left, by: [{ expression: variable('double'), descending: true }] },
  ],
  ['DISTINCT, 10,000 of two columns', { kind: 'distinct', input: column('group', 'integer') }, 300],
  ['DISTINCT, 1M of one column', { kind: 'distinct', input: column('entity') }, 300],
  ['FILTER, integers', { kind: 'filter', input: left, condition: above('integer', '5000') }],
  ['FILTER, 1M distinct doubles', { kind: 'filter', input: left, condition: above('double', '5000', DOUBLE) }],
]

/** The engine's operators over a million bindings, in this process. */
export async function operators({ repeat, report }: SuiteOptions): Promise<readonly Measurement[]> {
  const { context, dictionary } = createData()
  const measurements: Measurement[] = []
  for (const [name, plan, goal] of PLANS) {
    let rows = 0
    const durations = await timed(async () => {
      rows = 0
      for await (const batch of execute(plan, context())) rows += batch.length
    }, repeat)
    const measurement = milliseconds(name, durations, { counts: { rows }, ...(goal === undefined ? {} : { goal }) })
    report(measurement)
    measurements.push(measurement)
  }
  let bytes = 0
  const durations = await timed(async () => {
    bytes = 0
    const variables = ['entity', 'double']
    const text = serialise(
      {
        id: '',
        kind: 'bindings',
        variables,
        blocks: termRows(execute(left, context()), variables, { dictionary }),
        warnings: () => [],
        stats: () => ({ stores: {}, rows: ROWS, milliseconds: { planning: 0, total: 0 } }),
      },
      'json',
      { warn: () => undefined },
    )
    for await (const chunk of text) bytes += Buffer.byteLength(chunk)
  }, repeat)
  const name = 'SPARQL JSON, 1M rows of two distinct terms'
  return [...measurements, milliseconds(name, durations, { goal: 2_000, counts: { rows: ROWS, bytes } })]
}
