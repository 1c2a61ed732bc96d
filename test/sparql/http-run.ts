import { request as httpRequest } from 'node:http'
import type { HttpBody, HttpRequest } from './http-tests.ts'

export interface HttpAnswer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly text: string
}

const bytesOf = ({ text, encoding }: HttpBody): Buffer =>
  encoding.toUpperCase() === 'UTF-16' ? Buffer.from(`\uFEFF${text}`, 'utf16le') : Buffer.from(text)

/** Makes a request just as its test writes it: no header of ours is added, as `fetch` would. */
export function send(url: string, { method, headers, body }: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    })
    request.on('error', reject)
    request.end(body === undefined ? undefined : bytesOf(body))
  })
}

/** Whether a status is one of those expected: `201`, or `4xx` for a class. */
export const hasStatus = (status: number, expected: readonly string[]): boolean =>
  expected.some((each) => each === String(status) || each === `${String(status)[0]}xx`)
