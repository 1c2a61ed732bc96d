import { z } from 'zod'
import type { UpdateOptions, UpdateResult } from '../../polystore.ts'
import { demandAuthority } from '../authority.ts'
import { collect, iriParameter, queryOptionsShape, validate } from '../parameters.ts'
import { toPolyprovError } from '../problem.ts'
import { type Call, type Operation, sendJson } from '../route.ts'
import { inSlot } from '../slot.ts'

const REPEATABLE = ['using-graph-uri', 'using-named-graph-uri']

/** The store that is written to, of the requests that write. */
export const storeParameter = () =>
  z.string().min(1).optional().describe('The store; the only one that takes updates where absent')

/** The parameters of an update (SPARQL 1.1 Protocol, section 2.2). */
export const updateSchema = z.strictObject({
  update: z.string().describe('The update, SPARQL 1.1'),
  'using-graph-uri': z.array(iriParameter()).optional().describe('Graphs whose union WHERE reads as default graph'),
  'using-named-graph-uri': z.array(iriParameter()).optional().describe('Named graphs that WHERE reads'),
  store: storeParameter(),
  scope: z
    .enum(['store', 'polystore'], 'must be store or polystore')
    .optional()
    .describe('What WHERE reads: the store (where absent), or every store'),
  timeout: queryOptionsShape.timeout,
})

export const updateAnswer = z
  .object({
    store: z.string(),
    added: z.int().describe('Triples that operations added'),
    removed: z.int().describe('Triples that operations removed'),
  })
  .meta({ id: 'UpdateResult' })

/** Runs a change within the server's limits; counts and logs it, without what it says. */
export async function change<Result extends UpdateResult>(
  call: Call,
  timeout: number | undefined,
  run: (options: Pick<UpdateOptions, 'signal' | 'timeout'>) => Promise<Result>,
): Promise<Result> {
  const { metrics } = call.context
  return inSlot(call, timeout, async (limit) => {
    try {
      const result = await run({ signal: limit.signal, timeout: limit.timeout })
      const { store, added, removed } = result
      metrics.update('ok', result)
      call.response.locals['update'] = { store, added, removed }
      return result
    } catch (error) {
      metrics.update(toPolyprovError(error).code, { added: 0, removed: 0 })
      throw error
    }
  })
}

/** Answers an update. Whoever may not write learns nothing of it. */
export async function answerUpdate(call: Call, pairs: Iterable<[string, string]>): Promise<void> {
  const { context, request, response } = call
  demandAuthority(request, context.settings.token)
  const { update, timeout, store, scope, ...graphs } = validate(updateSchema, collect(pairs, REPEATABLE))
  const usingGraphs = graphs['using-graph-uri']
  const usingNamedGraphs = graphs['using-named-graph-uri']
  const result = await change(call, timeout, (options) =>
    context.polystore.update(update, {
      ...options,
      ...(store === undefined ? {} : { store }),
      ...(scope === undefined ? {} : { scope }),
      ...(usingGraphs === undefined ? {} : { usingGraphs }),
      ...(usingNamedGraphs === undefined ? {} : { usingNamedGraphs }),
    }),
  )
  sendJson(response, { store: result.store, added: result.added, removed: result.removed })
}

/** What of the protocol's operation by POST is for updates. */
export const updateBodies: NonNullable<Operation['body']> = { 'application/sparql-update': z.string() }
