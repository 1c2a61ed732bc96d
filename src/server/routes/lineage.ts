import { z } from 'zod'
import { LINEAGE_FORMATS, serialiseLineage } from '../../results/lineage.ts'
import { deadline } from '../deadline.ts'
import { negotiate } from '../negotiate.ts'
import { integerParameter, iriParameter, queryOptionsShape } from '../parameters.ts'
import { operation, type Route, sendText } from '../route.ts'

const lineageSchema = z.strictObject({
  of: iriParameter().describe('What the lineage is of'),
  direction: z
    .enum(['backward', 'forward'], 'must be backward or forward')
    .optional()
    .describe('Towards what it came from, or what came from it; backward where absent'),
  depth: integerParameter(1, 1_000).optional().describe('Steps to go; to the end where absent'),
  timeout: queryOptionsShape.timeout,
})

export const lineageRoute: Route = {
  path: '/api/v1/lineage',
  methods: {
    get: operation({
      summary: 'The provenance around a thing',
      parameters: lineageSchema,
      answers: {
        200: {
          description: 'The subgraph as PROV-JSON, RDF, DOT or a drawing',
          content: {
            'application/json': z.unknown(),
            'text/turtle': z.string(),
            'text/vnd.graphviz': z.string(),
            'image/svg+xml': z.string(),
          },
        },
      },
      handle: async ({ context, request, response, signal, parameters }) => {
        const format = negotiate(request, LINEAGE_FORMATS)
        const { of, direction, depth, timeout } = parameters
        const limit = deadline(signal, timeout, context.settings)
        try {
          const quads = await context.polystore.lineage(of, {
            signal: limit.signal,
            ...(direction === undefined ? {} : { direction }),
            ...(depth === undefined ? {} : { depth }),
          })
          response.vary('Accept')
          sendText(response, await serialiseLineage(quads, format.name, of), format.contentType)
        } finally {
          limit.end()
        }
      },
    }),
  },
}
