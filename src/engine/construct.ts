import type { Batch } from '../../connectors/connector.ts'
import type { Pattern } from '../../planner/algebra.ts'
import { blank, type PatternTerm, type Quad, quad, type Term, termKey } from '../../planner/term.ts'
import type { QueryContext } from './context.ts'
import { rowCursor } from './row.ts'

/**
 * CONSTRUCT (SPARQL 1.1, section 16.2): the template once for each solution, with blank nodes of its own; triples with
 * an unbound or illegal term are left out, and each triple is given once.
 */
export async function* construct(
  rows: AsyncIterable<Batch>,
  template: readonly Pattern[],
  context: QueryContext,
): AsyncGenerator<readonly Quad[]> {
  const seen = new Set<string>()
  const cursor = rowCursor(context.dictionary)
  let solution = 0
  for await (const batch of rows) {
    const quads: Quad[] = []
    for (let row = 0; row < batch.length; row++) {
      cursor.move(batch, row)
      solution++
      const fill = (term: PatternTerm): Term | undefined => {
        if (term.termType === 'BlankNode') return blank(`c${solution}${term.value}`)
        if (term.termType !== 'Variable') return term
        return term.value.startsWith('_:') ? blank(`c${solution}${term.value.slice(2)}`) : cursor.get(term.value)
      }
      for (const pattern of template) {
        const made = instance(fill(pattern.subject), fill(pattern.predicate), fill(pattern.object))
        if (made === undefined) continue
        const key = [made.subject, made.predicate, made.object].map(termKey).join('\n')
        if (seen.has(key)) continue
        seen.add(key)
        context.memory.reserve(key.length * 2)
        quads.push(made)
      }
    }
    yield quads
  }
}

function instance(subject: Term | undefined, predicate: Term | undefined, object: Term | undefined): Quad | undefined {
  if (subject === undefined || predicate === undefined || object === undefined) return undefined
  if (subject.termType === 'Literal' || predicate.termType !== 'NamedNode') return undefined
  return quad(subject, predicate, object)
}
