import oxigraph from 'oxigraph'
import { type Timed, timed } from '../../measure.ts'
import { GROUPS, INTEGERS, SHUFFLE } from './data.ts'

const VOCABULARY = 'http://example.org/vocabulary#'
const XSD = 'http://www.w3.org/2001/XMLSchema#'

/** The tables of `createData` as triples: a node for each row of the left table, the right one by its entities. */
function triples(rows: number): string {
  const lines: string[] = []
  for (let i = 0; i < rows; i++) {
    const shuffled = (i * SHUFFLE) % rows
    const row = `<http://example.org/row/${i}>`
    const say = (subject: string, property: string, object: string) =>
      lines.push(`${subject} <${VOCABULARY}${property}> ${object} .`)
    const entity = (number: number) => `<http://example.org/store/seismic/object/${number}>`
    say(row, 'entity', entity(i))
    say(row, 'group', `<http://example.org/group/${shuffled % GROUPS}>`)
    say(row, 'integer', `"${shuffled % INTEGERS}"^^<${XSD}integer>`)
    say(row, 'double', `"${((i * 7_919) % rows) / 64}E0"^^<${XSD}double>`)
    say(row, 'label', `"Survey ${(i * 7_919) % rows} of the shelf"`)
    say(entity(shuffled), 'other', `"${i % INTEGERS}"^^<${XSD}integer>`)
  }
  return lines.join('\n')
}

/** Each answer takes it seconds, and what is compiled ahead needs no warming. */
const OWN_WARM_UP = 1

/**
 * Times of SPARQL over a store in memory. It matches its triple patterns besides, and makes every row of the answer an
 * object, for that is how it gives answers.
 */
export async function oxigraphTimes(
  rows: number,
  queries: readonly string[],
  repeat: number,
  expected: readonly number[],
): Promise<readonly Timed[]> {
  const store = new oxigraph.Store()
  store.load(triples(rows), { format: 'application/n-triples' })
  const times: Timed[] = []
  for (const [i, query] of queries.entries()) {
    let found = 0
    const durations = await timed(
      () => {
        found = (store.query(query) as readonly unknown[]).length
      },
      Math.min(repeat, 3),
      OWN_WARM_UP,
    )
    if (found !== expected[i]) throw new Error(`Oxigraph answers ${query} with ${found} rows, not ${expected[i]}`)
    times.push(durations)
  }
  return times
}
