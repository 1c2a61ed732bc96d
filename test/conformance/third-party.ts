import type { Pattern } from '../../planner/algebra.ts'
import type { Bindings, Connector, Quad, ScanRequest, Term } from '../../src/index.ts'

/** What a store's client gives: pages of rows, one promise each. */
export interface Client {
  page(number: number): Promise<readonly Quad[] | undefined>
}

const POSITIONS = ['subject', 'predicate', 'object', 'graph'] as const

/**
 * A connector as somebody else would write it, with the two members that suffice. It checks no constants: it names
 * their columns, and leaves them to the engine.
 */
export function thirdParty(id: string, base: string, client: Client): Connector {
  async function* scan({ pattern, signal, meter }: ScanRequest): AsyncGenerator<readonly Bindings[]> {
    for (let number = 0; ; number++) {
      signal.throwIfAborted()
      meter.request()
      const quads = await orAborted(client.page(number), signal)
      if (quads === undefined) return
      yield quads.map((quad) => rowOf(pattern, quad)).filter((row) => row !== undefined)
    }
  }
  const description = { namedGraphs: true }
  return { id, iri: `${base}store/${id}`, type: 'third-party', description, describe: async () => description, scan }
}

function rowOf(pattern: Pattern, quad: Quad): Bindings | undefined {
  const row: Record<string, Term> = {}
  for (const position of POSITIONS) {
    const [asked, term] = [pattern[position], quad[position]]
    if (asked.termType === 'DefaultGraph' || term.termType === 'DefaultGraph') {
      if (asked.termType !== term.termType) return undefined
      continue
    }
    const name = asked.termType === 'Variable' ? asked.value : `.${position}`
    if (row[name] !== undefined && !row[name].equals(term)) return undefined
    row[name] = term
  }
  return row
}

function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return Promise.race([promise, aborted])
}
