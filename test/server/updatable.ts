import type { Quad } from '../../planner/term.ts'
import type { Polystore } from '../../src/polystore.ts'
import { createServer } from '../../src/server/create-server.ts'
import type { ServerOptions } from '../../src/server/options.ts'
import { openUpdatable } from '../sparql/updatable.ts'

export interface UpdateServing extends AsyncDisposable {
  readonly url: string
  readonly polystore: Polystore
}

/** A server over a store that takes updates. */
export async function serveUpdatable(
  options: ServerOptions = {},
  store: Readonly<Record<string, unknown>> = {},
  quads: readonly Quad[] = [],
): Promise<UpdateServing> {
  const polystore = await openUpdatable(quads, 'http://x/', store)
  const server = createServer(polystore, options)
  const url = await server.listen(0)
  return {
    url,
    polystore,
    async [Symbol.asyncDispose]() {
      await server.close(0)
      await polystore.close()
    },
  }
}
