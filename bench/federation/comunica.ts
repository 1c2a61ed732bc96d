import { QueryEngine } from '@comunica/query-sparql'
import type { Literal } from '@rdfjs/types'
import { GEO, GEOF, XSD } from '../../planner/namespaces.ts'
import { literal } from '../../planner/term.ts'
import type { Row } from './rows.ts'

export interface ComunicaQuestion {
  readonly text: string
  /** Addresses of endpoints. */
  readonly sources: readonly string[]
}

const engine = new QueryEngine()

/** The answer to a question, over SPARQL endpoints. */
export async function comunica({ text, sources }: ComunicaQuestion): Promise<readonly Row[]> {
  const [first, ...others] = sources.map((value) => ({ type: 'sparql', value }))
  const rows: Row[] = []
  const bindings = await engine.queryBindings(text, {
    sources: [first!, ...others],
    extensionFunctions: { [`${GEOF}sfWithin`]: async (terms) => within(terms as readonly Literal[]) },
  })
  for await (const binding of bindings)
    rows.push(Object.fromEntries([...binding].map(([name, term]) => [name.value, term.value])))
  return rows
}

/** Comunica has no GeoSPARQL: a point within a box is all that the questions need. */
function within([point, box]: readonly Literal[]): Literal {
  if (point?.datatype.value !== `${GEO}wktLiteral`) throw new TypeError('no geometry')
  const [x = 0, y = 0] = numbersOf(point.value)
  const corners = numbersOf(box!.value)
  const xs = corners.filter((_, index) => index % 2 === 0)
  const ys = corners.filter((_, index) => index % 2 === 1)
  const isWithin = x > Math.min(...xs) && x < Math.max(...xs) && y > Math.min(...ys) && y < Math.max(...ys)
  return literal(`${isWithin}`, { termType: 'NamedNode', value: `${XSD}boolean`, equals: () => false }) as Literal
}

const numbersOf = (wkt: string): readonly number[] => (wkt.match(/-?\d+(\.\d+)?/g) ?? []).map(Number)
