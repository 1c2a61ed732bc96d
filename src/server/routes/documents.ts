import { z } from 'zod'
import { openApiDocument } from '../openapi.ts'
import { docsPage } from '../pages/docs.ts'
import { operation, type Route, sendJson, sendText } from '../route.ts'

/** `/openapi.json` and `/docs` for the routes, themselves among them. */
export function documentRoutes(routes: readonly Route[], version: string): readonly Route[] {
  const all = (): readonly Route[] => [...routes, openApi, docs]
  const openApi: Route = {
    path: '/openapi.json',
    methods: {
      get: operation({
        summary: 'This interface as OpenAPI 3.1',
        parameters: z.strictObject({}),
        answers: { 200: { description: 'The document', content: { 'application/json': z.unknown() } } },
        handle: ({ response }) => sendJson(response, openApiDocument(all(), version)),
      }),
    },
  }
  const docs: Route = {
    path: '/docs',
    methods: {
      get: operation({
        summary: 'This interface as a page to read',
        parameters: z.strictObject({}),
        answers: { 200: { description: 'The page', content: { 'text/html': z.string() } } },
        handle: ({ response }) => sendText(response, docsPage(all()), 'text/html; charset=utf-8'),
      }),
    },
  }
  return [openApi, docs]
}
