import type { Bindings, Connector, Resolved, ResolveRequest } from '../../../connectors/connector.ts'
import { leftJoinRows } from '../../../connectors/left-join-rows.ts'
import type { Pattern } from '../../../planner/algebra.ts'
import { iri, type PatternTerm, type Term } from '../../../planner/term.ts'
import type { QueryContext } from '../context.ts'
import { scan } from './fragment.ts'

/**
 * Data references met in a store that only answers patterns: those of each object under its own IRI, with the values of
 * one in the next. An object that the store does not have gives no rows, for a scan cannot tell it from a silent one.
 */
export async function* resolveByScan(
  connector: Connector,
  request: ResolveRequest,
  context: QueryContext,
): AsyncGenerator<Resolved> {
  for (const [index, locator] of request.locators.entries()) {
    const reference = request.references[index]!
    const object = iri(`${connector.iri}/object/${encodeURIComponent(locator)}`)
    const stand = request.reference ?? request.patterns[0]!.subject
    const known = (row: Bindings) => (term: PatternTerm) => {
      if (term.equals(stand) || term.equals(reference)) return object
      return term.termType === 'Variable' ? (row[term.value] ?? term) : term
    }
    let rows = await solutions(connector, request.patterns, known, request, context)
    for (const group of request.optional ?? []) {
      rows = leftJoinRows(rows, await solutions(connector, group, known, request, context))
    }
    yield { index, rows: rows.map((row) => withReference(row, object, reference)) }
  }
}

/** The solutions of patterns, each asked with the values that the ones before it gave. */
async function solutions(
  connector: Connector,
  patterns: readonly Pattern[],
  known: (row: Bindings) => (term: PatternTerm) => PatternTerm,
  request: ResolveRequest,
  context: QueryContext,
): Promise<readonly Bindings[]> {
  const { dictionary, signal, meter } = request
  let rows: readonly Bindings[] = [{}]
  for (const pattern of patterns) {
    const next: Bindings[] = []
    for (const row of rows) {
      const value = known(row)
      const [subject, object] = [value(pattern.subject), value(pattern.object)]
      if (subject.termType === 'Literal') continue
      const asked: Pattern = { ...pattern, subject, object }
      for await (const batch of scan(connector, { pattern: asked, dictionary, signal, meter }, context)) {
        for (let at = 0; at < batch.length; at++) {
          const found = batch.variables.map((name, i): [string, Term] => [
            name,
            dictionary.decode(batch.columns[i]![at]!),
          ])
          next.push({ ...row, ...Object.fromEntries(found) })
        }
      }
    }
    rows = next
  }
  return rows
}

/** The row with the reference in the place of its object. */
const withReference = (row: Bindings, object: Term, reference: Term): Bindings =>
  Object.fromEntries(Object.entries(row).map(([name, term]) => [name, term?.equals(object) ? reference : term]))
