import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** A listener on a port of its own. */
export interface Listening extends AsyncDisposable {
  readonly port: number
}

async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Answers every request with a status, and tells in its headers and its body all that it was told. */
export const telltale = (status: number): Promise<Listening> =>
  listening(
    createHttpServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      const told = JSON.stringify({ url: request.url, headers: request.headers, body })
      const basic = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString()
      response.writeHead(status, `denied to ${encodeURIComponent(basic).slice(0, 50)}`, {
        'content-type': 'text/plain',
      })
      response.end(`${told} ${basic}`)
    }),
  )

/** Takes connections and closes them at once. */
export const closing = (): Promise<Listening> => listening(createServer((socket) => void socket.destroy()))

/** Takes connections and says nothing. */
export const silent = (): Promise<Listening> => listening(createServer(() => {}))

/** Speaks PostgreSQL as far as it takes to refuse a user by name and password. */
export const denyingPostgres = (): Promise<Listening> =>
  listening(
    createServer((socket) => {
      let isPassword = false
      socket.on('data', (data) => {
        if (!isPassword) {
          isPassword = true
          // AuthenticationCleartextPassword
          socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]))
          return
        }
        const fields = `SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "sekret+us er" with ${data.toString('utf8', 5).replace('\0', '')}\0\0`
        const message = Buffer.alloc(5 + Buffer.byteLength(fields))
        message.write('E')
        message.writeInt32BE(4 + Buffer.byteLength(fields), 1)
        message.write(fields, 5)
        socket.end(message)
      })
    }),
  )

/** Ways in which a server is not what it should be: the address to reach it by, and an end. */
export interface Fault extends AsyncDisposable {
  readonly host: string
  /** Whether the way there is to be encrypted. */
  readonly secure?: boolean
}

const at = ({ port, ...server }: Listening, secure = false): Fault => ({ host: `127.0.0.1:${port}`, secure, ...server })
const nowhere = (host: string): Fault => ({ host, [Symbol.asyncDispose]: async () => {} })

export const FAULTS: Readonly<Record<string, () => Promise<Fault>>> = {
  'refuses connections': async () => nowhere('127.0.0.1:1'),
  'has no known name': async () => nowhere('nobody-knows.invalid:9'),
  'closes connections': async () => at(await closing()),
  'says nothing': async () => at(await silent()),
  'speaks no TLS': async () => at(await telltale(200), true),
  'denies access': async () => at(await telltale(403)),
  'wants a login': async () => at(await telltale(401)),
  'fails, and tells what it was told': async () => at(await telltale(500)),
  'answers something else': async () => at(await telltale(200)),
  'refuses the password': async () => at(await denyingPostgres()),
}
