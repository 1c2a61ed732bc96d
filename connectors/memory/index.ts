import { setImmediate } from 'node:timers/promises'
import { Parser } from 'n3'
import { z } from 'zod'
import type { Pattern } from '../../planner/algebra.ts'
import { PolyprovError } from '../../planner/errors.ts'
import { RDF } from '../../planner/namespaces.ts'
import type { SourceDescription, TermStatistics } from '../../planner/source.ts'
import { type GraphTerm, type PatternTerm, type Quad, type Term, termKey } from '../../planner/term.ts'
import { BATCH_ROWS } from '../batch.ts'
import { type Bindings, type Connector, type ConnectorContext, type StoreDefinition, storeIri } from '../connector.ts'
import { parseOptions } from '../parse-options.ts'
import { quadsOfStore } from './quads.ts'

const schema = z.strictObject({
  id: z.string().min(1),
  type: z.literal('memory'),
  role: z.literal('provenance').optional(),
  /** RDF/JS quads, or anything of their shape. */
  quads: z
    .array(z.custom<Quad>((value) => typeof value === 'object' && value !== null && 'subject' in value))
    .default([]),
  /** Turtle, TriG, N-Triples or N-Quads. */
  data: z.string().default(''),
})

/**
 * The reference connector: a handful of quads in memory, and the least that a connector is made of.
 *
 * A connector is what its factory, the default export of its module, returns. It says who it is (`id`, `iri`, `type`),
 * what it can answer (`describe`, asked once when it is registered; `description` is the latest answer), and gives the
 * solutions of one triple pattern (`scan`). All else is the engine's: it joins, filters and sorts. Whatever a store can
 * do better itself it may take over with further members (`accepts`, `push`, `execute`, `estimate`), one at a time.
 *
 * @throws PolyprovError `configuration`, for wrong members of the definition and for data that does not parse
 */
export default function memory(definition: StoreDefinition, context: Pick<ConnectorContext, 'base'>): Connector {
  const { id, type, role, quads: given, data } = parseOptions(schema, definition)
  const quads = quadsOfStore(id, [...given, ...parse(id, data)])
  const description = describe(quads)
  return {
    id,
    type,
    iri: storeIri(context.base, id),
    ...(role && { role }),
    description,
    describe: async () => description,
    /**
     * Solutions as records of terms, in blocks: simple, and quick enough for thousands of rows. For millions, see
     * `context.batch`, which builds columns of ids. A scan may take long, so it gives way to others now and then, and
     * stops when the query is cancelled.
     */
    async *scan({ pattern, signal, meter }) {
      meter.request()
      for (let start = 0; start < quads.length; start += BATCH_ROWS) {
        await setImmediate()
        signal.throwIfAborted()
        const rows = quads
          .slice(start, start + BATCH_ROWS)
          .map((quad) => match(pattern, quad))
          .filter((row) => row !== undefined)
        if (rows.length > 0) yield rows
      }
    },
  }
}

/** What the planner is to know: with the counts of predicates and classes it picks stores, and an order of joins. */
function describe(quads: readonly Quad[]): SourceDescription {
  const counted = (terms: readonly Term[]): TermStatistics[] => {
    const counts = new Map<string, number>()
    for (const { value } of terms) counts.set(value, (counts.get(value) ?? 0) + 1)
    return [...counts].map(([iri, count]) => ({ iri, count }))
  }
  const typed = quads.filter(
    ({ predicate, object }) => predicate.value === `${RDF}type` && object.termType === 'NamedNode',
  )
  return {
    predicates: counted(quads.map(({ predicate }) => predicate)),
    classes: counted(typed.map(({ object }) => object)),
    triples: quads.length,
    namedGraphs: quads.some(({ graph }) => graph.termType !== 'DefaultGraph'),
  }
}

/**
 * The solution of a pattern that a quad is, or `undefined`: constants must be equal, a variable that stands in several
 * places must be the same term in all of them, and a graph variable ranges over the named graphs only.
 */
function match(pattern: Pattern, quad: Quad): Bindings | undefined {
  const bindings: Record<string, Term> = {}
  const matches = (asked: PatternTerm | GraphTerm, term: Term | Quad['graph']): boolean => {
    if (asked.termType === 'DefaultGraph' || term.termType === 'DefaultGraph') return asked.termType === term.termType
    if (asked.termType !== 'Variable') return termKey(asked) === termKey(term)
    const bound = bindings[asked.value]
    bindings[asked.value] = term
    return bound === undefined || termKey(bound) === termKey(term)
  }
  const { subject, predicate, object, graph } = pattern
  const matched =
    matches(graph, quad.graph) &&
    matches(predicate, quad.predicate) &&
    matches(subject, quad.subject) &&
    matches(object, quad.object)
  return matched ? bindings : undefined
}

function parse(store: string, data: string): readonly Quad[] {
  try {
    // Labels of the text and those the parser invents for [] must not meet.
    return new Parser({ blankNodePrefix: 'label.' }).parse(data) as readonly unknown[] as readonly Quad[]
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new PolyprovError('configuration', `The data of the store '${store}' does not parse: ${message}`, {
      store,
      cause,
    })
  }
}
