import { z } from 'zod'
import { operation, type Route, sendJson } from '../route.ts'

const entrySchema = z.object({
  iri: z.string(),
  stores: z.array(z.object({ id: z.string(), view: z.string().optional(), count: z.number().optional() })),
})

export const catalogRoute: Route = {
  path: '/api/v1/catalog',
  methods: {
    get: operation({
      summary: 'Classes and predicates, and the stores that answer them',
      parameters: z.strictObject({}),
      answers: {
        200: {
          description: 'The catalog',
          content: {
            'application/json': z
              .object({ predicates: z.array(entrySchema), classes: z.array(entrySchema) })
              .meta({ id: 'Catalog' }),
          },
        },
      },
      handle: ({ context, response }) => sendJson(response, context.polystore.catalog()),
    }),
  },
}
