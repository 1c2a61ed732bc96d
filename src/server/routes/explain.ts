import { z } from 'zod'
import { stepAsJson } from '../../results/explanation.ts'
import { jsonBody, mediaTypeOf, textBody } from '../body.ts'
import { deadline } from '../deadline.ts'
import { negotiate } from '../negotiate.ts'
import { booleanParameter, collect, queryOptionsShape, validate } from '../parameters.ts'
import { type Route, searchPairs, sendJson, sendText } from '../route.ts'

const optionsShape = {
  analyze: booleanParameter().optional().describe('Run the query, and measure each step'),
  ...queryOptionsShape,
}

const explainSchema = z.strictObject({ query: z.string().min(1).describe('The query, SPARQL 1.1'), ...optionsShape })

const stepSchema = z
  .object({
    label: z.string(),
    operator: z.string(),
    source: z.string().optional(),
    native: z.object({ language: z.string(), text: z.string() }).optional(),
    estimatedRows: z.number().optional(),
    stats: z.object({ rows: z.number(), requests: z.number(), bytes: z.number(), milliseconds: z.number() }).optional(),
    get inputs() {
      return z.array(stepSchema)
    },
  })
  .meta({ id: 'ExplainedStep' })

const explanationSchema = z
  .object({ plan: stepSchema, rules: z.array(z.string()), notes: z.array(z.string()), text: z.string() })
  .meta({ id: 'Explanation' })

const OFFERS = [{ mediaTypes: ['application/json'] }, { mediaTypes: ['text/plain'] }] as const

export const explainRoute: Route = {
  path: '/api/v1/explain',
  methods: {
    post: {
      summary: 'Explain a query: its plan, and the query that each store gets',
      body: { 'application/json': explainSchema, 'application/sparql-query': z.string() },
      answers: {
        200: {
          description: 'The plan as a tree, or as text',
          content: { 'application/json': explanationSchema, 'text/plain': z.string() },
        },
      },
      handle: async ({ context, request, response, signal }) => {
        const asText = negotiate(request, OFFERS) === OFFERS[1]
        const search = collect(searchPairs(request))
        const direct = mediaTypeOf(request) === 'application/sparql-query'
        const values = direct ? { ...search, query: textBody(request) } : { ...search, ...jsonBody(request) }
        const { query, timeout, analyze, partial, verify } = validate(explainSchema, values)
        const limit = deadline(signal, timeout, context.settings)
        try {
          const { plan, rules, notes, text } = await context.polystore.explain(query, {
            signal: limit.signal,
            timeout: limit.timeout,
            ...(analyze === undefined ? {} : { analyze }),
            ...(partial === undefined ? {} : { partial }),
            ...(verify === undefined ? {} : { verify }),
          })
          response.vary('Accept')
          if (asText) sendText(response, `${text.trimEnd()}\n`, 'text/plain; charset=utf-8')
          else sendJson(response, { plan: stepAsJson(plan), rules, notes, text })
        } finally {
          limit.end()
        }
      },
    },
  },
}
