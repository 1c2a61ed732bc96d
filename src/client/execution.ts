import { PolyprovError } from '../../planner/errors.ts'
import type { Execution } from '../polystore.ts'
import { readBindings } from './read-bindings.ts'
import { readQuads } from './read-quads.ts'
import { bodyText } from './request.ts'

type WithoutStats<Each> = Each extends unknown ? Omit<Each, 'stats'> : never

/**
 * A query under way on a server, as terms. What its stores were asked is not told in RDF formats, so there are no
 * `stats`; N-Quads carry neither prefixes nor warnings.
 */
export type RemoteExecution = WithoutStats<Execution>

/** What to accept of a server so that {@link readExecution} can read it. */
export const ACCEPT = 'application/sparql-results+json, application/n-quads;q=0.9'

/** The header by which `running` knows a query. */
const QUERY_ID_HEADER = 'Polyprov-Query-Id'

/**
 * The answer to a query, read on as its blocks are asked for.
 * @throws `store-failed` where it is none, or the connection breaks: a part never passes for the whole
 */
export async function readExecution(response: Response, signal?: AbortSignal): Promise<RemoteExecution> {
  const id = response.headers.get(QUERY_ID_HEADER) ?? ''
  const type = (response.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
  const text = bodyText(response, signal)
  switch (type) {
    case 'application/sparql-results+json':
      return { id, ...(await readBindings(text)) }
    case 'application/n-quads':
    case 'application/n-triples':
      return { id, kind: 'quads', prefixes: {}, blocks: readQuads(text), warnings: () => [] }
    default:
      await text.return(undefined)
      throw new PolyprovError('store-failed', `the server answered ${type || 'no media type'}, not ${ACCEPT}`)
  }
}
