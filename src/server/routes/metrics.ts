import { z } from 'zod'
import { operation, type Route, sendText } from '../route.ts'

export const metricsRoute: Route = {
  path: '/metrics',
  methods: {
    get: operation({
      summary: 'Metrics in the text format of Prometheus',
      parameters: z.strictObject({}),
      answers: { 200: { description: 'The metrics', content: { 'text/plain': z.string() } } },
      handle: async ({ context, response }) => {
        const { registry } = context.metrics
        sendText(response, await registry.metrics(), registry.contentType)
      },
    }),
  },
}
