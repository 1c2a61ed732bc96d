import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { XSD } from '../../planner/namespaces.ts'
import { SAMPLES } from './memory.ts'

const ROWS_AT_ONCE = 500

/**
 * A SPARQL endpoint that gives the samples' rows as fast as they are read and can answer nothing else but what it is asked
 * when it is described: what takes memory is the one who reads. Its address.
 */
export async function startRowEndpoint(rows: number): Promise<string> {
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const query = new URLSearchParams(await text(request)).get('query') ?? ''
      response.setHeader('Content-Type', 'application/sparql-results+json')
      await answerTo(query, rows, response)
      response.end()
    }
    answer().catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/sparql`
}

const result = (...bindings: readonly unknown[]): string => JSON.stringify({ head: {}, results: { bindings } })
const count = (value: number) => ({ type: 'literal', value: `${value}`, datatype: `${XSD}integer` })

async function answerTo(query: string, rows: number, response: ServerResponse): Promise<void> {
  const counted = /AS \?([^\s)]+)\)/.exec(query)?.[1]
  const predicate = (name: string) => ({ term: { type: 'uri', value: `${SAMPLES}${name}` }, n: count(rows) })
  if (query.includes('?s ?term ?o')) response.write(result(predicate('trace'), predicate('amplitude')))
  else if (!query.includes(`${SAMPLES}trace`)) response.write(result())
  else if (counted !== undefined) response.write(result({ [counted]: count(rows) }))
  else await writeRows(rows, response)
}

async function writeRows(rows: number, response: ServerResponse): Promise<void> {
  response.write('{"head":{"vars":["s","t","a"]},"results":{"bindings":[')
  for (let from = 1; from <= rows; from += ROWS_AT_ONCE) {
    let chunk = ''
    for (let n = from; n < from + ROWS_AT_ONCE && n <= rows; n++) chunk += `${n === 1 ? '' : ','}${rowOf(n)}`
    if (!response.write(chunk)) await once(response, 'drain')
  }
  response.write(']}}')
}

/** What the views make of the table's row. */
const rowOf = (n: number): string =>
  JSON.stringify({
    s: { type: 'uri', value: `${SAMPLES}sample/${n}` },
    t: count(Math.floor(n / 1000)),
    a: { type: 'literal', value: `${Math.sqrt(n)}`, datatype: `${XSD}double` },
  })
