import { z } from 'zod'
import { SCRIPT, STYLE } from '../pages/assets.ts'
import { homePage } from '../pages/home.ts'
import { operation, type Route, sendText } from '../route.ts'

export const homeRoute: Route = {
  path: '/',
  methods: {
    get: operation({
      summary: 'The console',
      parameters: z.strictObject({}),
      answers: { 200: { description: 'The page', content: { 'text/html': z.string() } } },
      handle: ({ context, response }) => {
        const { queries, stores } = context.polystore
        sendText(response, homePage(queries.list(), stores.list()), 'text/html; charset=utf-8')
      },
    }),
  },
}

const asset = (path: string, summary: string, contentType: string, text: string): Route => ({
  path,
  methods: {
    get: operation({
      summary,
      parameters: z.strictObject({}),
      answers: { 200: { description: summary, content: { [contentType]: z.string() } } },
      handle: ({ response }) => {
        response.setHeader('Cache-Control', 'max-age=300')
        sendText(response, text, `${contentType}; charset=utf-8`)
      },
    }),
  },
})

export const assetRoutes: readonly Route[] = [
  asset('/style.css', 'Style sheet of the pages', 'text/css', STYLE),
  asset('/console.js', 'Script of the console', 'text/javascript', SCRIPT),
]
