// A connector of one's own: a CSV file as a store. Its first column names a resource, the others are its properties.

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Bindings, type Connector, type ConnectorFactory, iri, literal, type Term } from 'polyprov'
import { storeIri } from 'polyprov/connector'

const openCsv: ConnectorFactory = ({ id, type, path, vocabulary }, { base, folder }): Connector => {
  const read = async (): Promise<Term[][]> => {
    const text = await readFile(resolve(folder, String(path)), 'utf8')
    const [[, ...names] = [], ...rows] = text.split(/\r?\n/).map((line) => line.split(','))
    return rows.flatMap(([subject = '', ...values]) =>
      values.map((value, i) => [iri(subject), iri(`${vocabulary}${names[i]}`), literal(value)]),
    )
  }
  let description: Connector['description'] = {}
  return {
    id,
    type,
    iri: storeIri(base, id),
    get description() {
      return description
    },
    /** What the store can answer, asked when it is registered: the planner picks stores by it. */
    async describe() {
      const predicates = new Set((await read()).map(([, predicate]) => predicate!.value))
      description = { predicates: [...predicates].map((each) => ({ iri: each })), namedGraphs: false }
      return description
    },
    /** The solutions of one triple pattern; joining, filtering and sorting are the engine's. */
    async *scan({ pattern, meter, signal }) {
      signal.throwIfAborted()
      if (pattern.graph.termType !== 'DefaultGraph') return
      meter.request()
      const asked = [pattern.subject, pattern.predicate, pattern.object]
      yield (await read()).flatMap((triple): Bindings[] => {
        const row: Record<string, Term> = {}
        const matches = asked.every((term, i) => {
          if (term.termType === 'Variable') row[term.value] ??= triple[i]!
          return triple[i]!.equals(term.termType === 'Variable' ? row[term.value] : term)
        })
        return matches ? [row] : []
      })
    },
  }
}

export default openCsv
