import { z } from 'zod'
import type { Polystore } from '../../polystore.ts'
import { toPolyprovError } from '../problem.ts'
import { operation, type Route, sendJson } from '../route.ts'

/** Longest that one store may take to say that it is ready, in milliseconds. */
const CHECK_TIMEOUT = 5_000

type Status = { readonly status: 'up' } | { readonly status: 'down'; readonly code: string }

async function checkStore({ stores }: Polystore, id: string, signal: AbortSignal): Promise<Status> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(CHECK_TIMEOUT)])
  const late = new Promise<never>((_, reject) => {
    limit.addEventListener('abort', () => reject(limit.reason), { once: true })
  })
  try {
    await Promise.race([stores.check(id, limit), late])
    return { status: 'up' }
  } catch (error) {
    return { status: 'down', code: toPolyprovError(error).code }
  }
}

export const liveRoute: Route = {
  path: '/health/live',
  methods: {
    get: operation({
      summary: 'Whether the process runs',
      parameters: z.strictObject({}),
      answers: {
        200: { description: 'It does', content: { 'application/json': z.object({ status: z.literal('up') }) } },
      },
      handle: ({ response }) => sendJson(response, { status: 'up' }),
    }),
  },
}

const readySchema = z.object({
  status: z.enum(['up', 'down', 'draining']),
  stores: z.record(z.string(), z.object({ status: z.enum(['up', 'down']), code: z.string().optional() })),
})

export const readyRoute: Route = {
  path: '/health/ready',
  methods: {
    get: operation({
      summary: 'Whether every store can be used',
      parameters: z.strictObject({}),
      answers: {
        200: { description: 'Ready', content: { 'application/json': readySchema } },
        503: { description: 'Not ready, or shutting down', content: { 'application/json': readySchema } },
      },
      handle: async ({ context, response, signal }) => {
        if (context.isDraining()) return sendJson(response, { status: 'draining', stores: {} }, 503)
        const ids = context.polystore.stores.list().map(({ id }) => id)
        const checked = await Promise.all(
          ids.map(async (id) => [id, await checkStore(context.polystore, id, signal)] as const),
        )
        const ready = checked.every(([, { status }]) => status === 'up')
        sendJson(response, { status: ready ? 'up' : 'down', stores: Object.fromEntries(checked) }, ready ? 200 : 503)
      },
    }),
  },
}
