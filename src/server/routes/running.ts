import { z } from 'zod'
import { PolyprovError } from '../../../planner/errors.ts'
import { operation, pathParameter, type Route, sendJson } from '../route.ts'

const runningSchema = z
  .object({
    id: z.string(),
    text: z.string(),
    startedAt: z.iso.datetime(),
    milliseconds: z.number().describe('Age'),
    rows: z.number().describe('Rows so far'),
    waitingFor: z.array(z.string()).describe('Stores whose answer it waits for'),
  })
  .meta({ id: 'RunningQuery' })

export const runningRoute: Route = {
  path: '/api/v1/running',
  methods: {
    get: operation({
      summary: 'Queries under way',
      parameters: z.strictObject({}),
      answers: { 200: { description: 'The queries', content: { 'application/json': z.array(runningSchema) } } },
      handle: ({ context, response }) => {
        const now = Date.now()
        const queries = context.polystore.running.list().map(({ id, text, startedAt, rows, waitingFor }) => ({
          id,
          text,
          startedAt: startedAt.toISOString(),
          milliseconds: Math.max(0, now - startedAt.getTime()),
          rows,
          waitingFor,
        }))
        sendJson(response, queries)
      },
    }),
  },
}

export const runningQueryRoute: Route = {
  path: '/api/v1/running/:id',
  methods: {
    delete: operation({
      summary: 'Stop a query, in the stores too',
      parameters: z.strictObject({}),
      writes: true,
      answers: { 204: { description: 'Stopped' } },
      handle: ({ context, request, response }) => {
        const id = pathParameter(request, 'id')
        if (!context.polystore.running.cancel(id)) {
          throw new PolyprovError('not-found', `no query "${id}" is under way`)
        }
        response.status(204).end()
      },
    }),
  },
}
