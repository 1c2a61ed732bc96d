import { PolyprovError } from '../../planner/errors.ts'
import { numericKind } from '../../planner/functions/numeric-values.ts'
import { XSD } from '../../planner/namespaces.ts'
import type { Term } from '../../planner/term.ts'
import type { Execution, Polystore, QueryOptions, Rows, Stats, Value } from '../polystore.ts'

type Untold<Each> = Each extends unknown ? Omit<Each, 'stats'> & Partial<Pick<Execution, 'stats'>> : never

/** What answers queries: here, or behind a server that keeps the stores' counts to itself. */
interface Asked {
  execute(text: string, options: QueryOptions): Promise<Untold<Execution>>
  explain: Polystore['explain']
}

/** Typed rows over an execution; nothing runs before the first row is asked for. */
export function lazyRows<Row>(polystore: Asked, text: string, options: QueryOptions): Rows<Row> {
  let stats: Stats | undefined
  async function* iterate(): AsyncGenerator<Row> {
    const execution = await polystore.execute(text, options)
    if (execution.kind !== 'bindings') {
      throw new PolyprovError('usage', 'query() gives rows: use execute() for ASK, CONSTRUCT and DESCRIBE')
    }
    try {
      for await (const block of execution.blocks) {
        for (const row of block) yield rowObject(execution.variables, row) as Row
      }
    } finally {
      stats = execution.stats?.()
    }
  }
  return {
    [Symbol.asyncIterator]: iterate,
    async toArray() {
      const rows: Row[] = []
      for await (const row of iterate()) rows.push(row)
      return rows
    },
    async first() {
      for await (const row of iterate()) return row
      return undefined
    },
    explain: (explainOptions = {}) => polystore.explain(text, { ...options, ...explainOptions }),
    stats: () => stats,
  }
}

const rowObject = (
  variables: readonly string[],
  row: readonly (Term | undefined)[],
): Record<string, Value | undefined> => {
  const object: Record<string, Value | undefined> = {}
  for (let i = 0; i < variables.length; i++) {
    const term = row[i]
    if (term === undefined) continue
    const name = variables[i]!
    // Assigned, it would become the object's prototype.
    if (name === '__proto__') Object.defineProperty(object, name, { ...OWN, value: javaScriptValue(term) })
    else object[name] = javaScriptValue(term)
  }
  return object
}

const OWN: PropertyDescriptor = { configurable: true, enumerable: true, writable: true }

/** A term as a JavaScript value: lossless; a decimal that a number cannot hold stays a string. */
export function javaScriptValue(term: Term): Value {
  if (term.termType !== 'Literal') return term.value
  const datatype = term.datatype.value
  if (numericKind(datatype) === 'integer' && /^[+-]?\d+$/.test(term.value)) {
    const number = Number(term.value)
    return Number.isSafeInteger(number) ? number : BigInt(term.value.replace(/^\+/, ''))
  }
  if (datatype === `${XSD}double` || datatype === `${XSD}float`) return doubleOf(term.value)
  if (datatype === `${XSD}decimal` && String(Number(term.value)) === term.value) return Number(term.value)
  if (datatype === `${XSD}boolean` && /^(true|false|0|1)$/.test(term.value))
    return term.value === 'true' || term.value === '1'
  return term.value
}

function doubleOf(lexical: string): Value {
  if (lexical === 'INF' || lexical === '+INF') return Number.POSITIVE_INFINITY
  if (lexical === '-INF') return Number.NEGATIVE_INFINITY
  if (lexical === 'NaN') return Number.NaN
  const number = Number(lexical)
  return Number.isNaN(number) || lexical.trim() === '' ? lexical : number
}
