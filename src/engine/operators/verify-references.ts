import type { Bindings, Connector, Resolved, ResolveRequest } from '../../../connectors/connector.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { termKey } from '../../../planner/term.ts'
import type { QueryContext } from '../context.ts'
import { resolveByScan } from './resolve-by-scan.ts'

/**
 * What a store answers of data references, compared with the scans of its objects: the `verify` mode. Rejects with
 * `internal` where they differ, naming store and locator. An object that is gone has nothing to compare.
 */
export async function* verifiedReferences(
  answers: AsyncIterable<Resolved>,
  connector: Connector,
  request: ResolveRequest,
  context: QueryContext,
): AsyncGenerator<Resolved> {
  const native = new Map<number, Resolved[]>()
  for await (const resolved of answers) native.set(resolved.index, [...(native.get(resolved.index) ?? []), resolved])
  for await (const { index, rows } of resolveByScan(connector, request, context)) {
    const theirs = native.get(index) ?? []
    if (theirs.some(({ error }) => error !== undefined)) continue
    const given = theirs.flatMap((each) => each.rows)
    if (textOf(given) === textOf(rows)) continue
    const locator = request.locators[index]!
    throw new PolyprovError(
      'internal',
      `The store ${connector.id} answers a data reference otherwise than its patterns do (${given.length} rows, ${rows.length} recomputed): ${wanted(connector, request)} of ${JSON.stringify(locator)}`,
      { store: connector.id, locator },
    )
  }
  for (const each of native.values()) yield* each
}

const textOf = (rows: readonly Bindings[]): string =>
  rows
    .map((row) =>
      JSON.stringify(
        Object.entries(row)
          .flatMap(([name, term]) => (term === undefined ? [] : [`${name}=${termKey(term)}`]))
          .sort(),
      ),
    )
    .sort()
    .join('\n')

const wanted = (connector: Connector, { patterns, optional = [] }: ResolveRequest): string => {
  const all = [...patterns, ...optional.flat()]
  return connector.resolution?.(all).text ?? all.map(({ predicate }) => predicate.value).join(', ')
}
