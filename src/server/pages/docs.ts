import { z } from 'zod'
import type { Operation, Route } from '../route.ts'
import { htmlText, page } from './page.ts'

function parametersTable({ parameters }: Operation): string {
  const schema = parameters === undefined ? {} : z.toJSONSchema(parameters, { io: 'output', unrepresentable: 'any' })
  const { properties = {}, required = [] } = schema as {
    properties?: Record<string, { type?: string; enum?: readonly string[]; description?: string }>
    required?: readonly string[]
  }
  const rows = Object.entries(properties).map(([name, property]) => {
    const type = property.enum?.join(' | ') ?? property.type ?? ''
    const need = required.includes(name) ? 'required' : ''
    return `<tr><td><code>${htmlText(name)}</code></td><td>${htmlText(type)}</td><td>${need}</td><td>${htmlText(property.description ?? '')}</td></tr>\n`
  })
  if (rows.length === 0) return ''
  return `<table><thead><tr><th>parameter</th><th>type</th><th></th><th></th></tr></thead><tbody>\n${rows.join('')}</tbody></table>\n`
}

function operationSection(path: string, method: string, operation: Operation): string {
  const { summary, description, body, answers, writes } = operation
  const types =
    body === undefined
      ? ''
      : `<p>Body: ${Object.keys(body)
          .map((type) => `<code>${htmlText(type)}</code>`)
          .join(', ')}</p>\n`
  const items = Object.entries(answers).map(([status, answer]) => {
    const content = Object.keys(answer.content ?? {}).map((type) => `<code>${htmlText(type)}</code>`)
    return `<li><b>${status}</b> ${htmlText(answer.description)}${content.length === 0 ? '' : ` (${content.join(', ')})`}</li>\n`
  })
  return `<section>
<h3><code>${method.toUpperCase()} ${htmlText(path.replace(/:(\w+)/g, '{$1}'))}</code></h3>
<p>${htmlText(summary)}.${writes === true ? ' <em>Needs the right to write.</em>' : ''}</p>
${description === undefined ? '' : `<p>${htmlText(description)}</p>\n`}${parametersTable(operation)}${types}<ul>
${items.join('')}</ul>
</section>
`
}

/** The interface as a page to read. */
export function docsPage(routes: readonly Route[]): string {
  const sections = routes.flatMap(({ path, methods }) =>
    Object.entries(methods).map(([method, operation]) => operationSection(path, method, operation)),
  )
  const body = `<h1>HTTP interface</h1>
<p>Errors are problem documents (RFC 9457) with a stable <code>type</code> and a <code>code</code>. The same as OpenAPI 3.1: <a href="/openapi.json">/openapi.json</a>.</p>
<p>Requests that write need <code>Authorization: Bearer</code> with the token of the server; a server without a token takes them from its own machine only.</p>
${sections.join('')}`
  return page('polyprov: HTTP interface', body)
}
