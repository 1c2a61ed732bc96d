import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What goes wrong with one request; `undefined`: nothing. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly code: string; readonly message?: string }
  /** The connection breaks after so many bytes of the body. */
  | { readonly kind: 'truncated'; readonly bytes: number }
  /** No answer, ever. */
  | { readonly kind: 'silent' }
  /** Headers, some bytes, and then nothing. */
  | { readonly kind: 'stalled'; readonly bytes: number }
  /** The whole object, whatever range was asked for. */
  | { readonly kind: 'whole' }
  | { readonly kind: 'reset' }

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  /** Whether the client hung up before the answer was out. */
  aborted: boolean
}

/** A bucket in memory that speaks as much of S3 as is read of it, and fails where it is told to. */
export interface Stub extends AsyncDisposable {
  readonly url: string
  readonly objects: Map<string, Uint8Array>
  readonly asked: Asked[]
  /** Asked before each answer, by the number of the request. */
  fault: (asked: Asked, number: number) => Fault | undefined
  /** Keys a page of a listing. */
  pageSize: number
}

export const etagOf = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

export async function startStub(): Promise<Stub> {
  const stub = { objects: new Map<string, Uint8Array>(), asked: [] as Asked[], fault: () => undefined, pageSize: 1000 }
  const server = createServer((request, response) => {
    const asked: Asked = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      aborted: false,
    }
    response.on('close', () => {
      asked.aborted = !response.writableFinished
    })
    answer(stub as unknown as Stub, asked, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(stub, {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => close(server),
  })
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

function answer(stub: Stub, asked: Asked, response: ServerResponse): void {
  stub.asked.push(asked)
  const fault = stub.fault(asked, stub.asked.length)
  if (fault?.kind === 'silent') return
  if (fault?.kind === 'reset') {
    response.socket?.destroy()
    return
  }
  if (fault?.kind === 'status') {
    sendError(response, fault.status, fault.code, fault.message)
    return
  }
  const url = new URL(asked.path, 'http://stub')
  if (url.searchParams.get('list-type') === '2') list(stub, url, response)
  else get(stub, decodeURIComponent(url.pathname.slice('/bucket/'.length)), asked, fault, response)
}

function sendError(response: ServerResponse, status: number, code: string, message = `it is ${code}`): void {
  response.writeHead(status, { 'Content-Type': 'application/xml' })
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`)
}

function get(stub: Stub, key: string, asked: Asked, fault: Fault | undefined, response: ServerResponse): void {
  const bytes = stub.objects.get(key)
  if (bytes === undefined) {
    sendError(response, 404, 'NoSuchKey')
    return
  }
  const etag = `"${etagOf(bytes)}"`
  if (asked.headers['if-match'] !== undefined && asked.headers['if-match'] !== etag) {
    sendError(response, 412, 'PreconditionFailed')
    return
  }
  if (asked.headers['if-none-match'] === etag) {
    response.writeHead(304, { ETag: etag })
    response.end()
    return
  }
  const range = fault?.kind === 'whole' ? null : /^bytes=(\d+)-(\d+)$/.exec(asked.headers.range ?? '')
  const start = range === null ? 0 : Number(range[1])
  const end = range === null ? bytes.length : Math.min(Number(range[2]) + 1, bytes.length)
  if (start >= bytes.length && range !== null) {
    sendError(response, 416, 'InvalidRange')
    return
  }
  const body = bytes.subarray(start, end)
  response.writeHead(range === null ? 200 : 206, {
    ETag: etag,
    'Content-Length': body.length,
    'Last-Modified': 'Sat, 21 Nov 2020 10:00:00 GMT',
    ...(range === null ? {} : { 'Content-Range': `bytes ${start}-${end - 1}/${bytes.length}` }),
  })
  if (asked.method === 'HEAD') response.end()
  else if (fault?.kind === 'truncated')
    response.write(body.subarray(0, fault.bytes), () => setTimeout(() => response.socket?.destroy(), 20))
  else if (fault?.kind === 'stalled') response.write(body.subarray(0, fault.bytes))
  else response.end(body)
}

function list(stub: Stub, url: URL, response: ServerResponse): void {
  const prefix = url.searchParams.get('prefix') ?? ''
  const after = url.searchParams.get('continuation-token') ?? ''
  const keys = [...stub.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort()
  const most = Math.min(Number(url.searchParams.get('max-keys') ?? 1000), stub.pageSize)
  const page = keys.slice(0, most)
  const contents = page.map((key) => {
    const bytes = stub.objects.get(key)!
    const name = encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/')
    return `<Contents><Key>${name}</Key><LastModified>2020-11-21T10:00:00.000Z</LastModified><ETag>&quot;${etagOf(bytes)}&quot;</ETag><Size>${bytes.length}</Size></Contents>`
  })
  const more = keys.length > page.length
  const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''
  response.writeHead(200, { 'Content-Type': 'application/xml' })
  response.end(
    `<?xml version="1.0"?><ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${more}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
  )
}
