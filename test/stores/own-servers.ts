import { execFile, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type Kind = 'postgres' | 's3' | 'sparql' | 'mongodb'

/** A server of one's own, that may be frozen and killed. */
export interface OwnServer {
  readonly port: number
  /** Stops all of its processes; connections stay open, and nothing is answered. */
  freeze(): void
  thaw(): void
  /** Ends all of its processes at once, as if the machine were gone. */
  kill(): Promise<void>
  /** Starts it again where it was, with what it keeps. */
  start(): Promise<void>
}

/** The script that starts servers from the system's packages, or `undefined` where it is absent. */
export function storesScript(): string | undefined {
  const script = resolve(process.env['POLYPROV_STORES'] ?? '../shared/stores/stores')
  if (existsSync(script)) return script
  if (process.env['CI'] === 'true') throw new Error(`No script ${script} to start servers by (POLYPROV_STORES)`)
  console.log(`skipped: no script ${script} to start servers by (POLYPROV_STORES)`)
  return undefined
}

/** Ports that a kind of server listens at, from its first on. */
const PORTS: Readonly<Record<Kind, number>> = { postgres: 1, s3: 5, sparql: 2, mongodb: 1 }
const LOCKS = ['sparql/virtuoso.lck', 'postgres/postmaster.pid']

export interface OwnServers {
  /** What they keep is beneath, and what they may read. */
  readonly folder: string
  server(kind: Kind): OwnServer
  /** Ends everything, frozen or not, and removes what was kept. */
  end(): Promise<void>
}

/** Waits for the end of a process, then ends the groups whose first processes a folder names, and removes it. */
const WATCH = `
  while kill -0 "$1" && [ -d "$2" ]; do sleep 1; done 2>/dev/null
  for file in "$2"/*.pid; do
    [ -f "$file" ] || continue
    kill -CONT -- "-$(cat "$file")"
    kill -KILL -- "-$(cat "$file")"
  done
  rm -rf "$2"`

/** Starts servers of each kind, in a folder and at ports that nobody else uses. */
export async function startOwn(script: string, kinds: readonly Kind[]): Promise<OwnServers> {
  const folder = await mkdtemp(join(tmpdir(), 'polyprov-faults-'))
  const ports = new Map<Kind, number>()
  for (const kind of kinds) ports.set(kind, await freePorts(PORTS[kind]))
  const environment = {
    ...process.env,
    STORES_DIR: folder,
    ...Object.fromEntries(kinds.map((kind) => [`STORES_${kind.toUpperCase()}_PORT`, String(ports.get(kind))])),
  }
  const up = (kind: Kind) => run(script, ['up', kind], { env: environment })
  /** Some kinds are several servers, each with a file for its process. */
  const idsOf = (kind: Kind): readonly number[] =>
    readdirSync(folder)
      .filter((name) => name.startsWith(kind) && name.endsWith('.pid'))
      .flatMap((name) => processesOf(Number(readFileSync(join(folder, name), 'utf8'))))
  const signal = (ids: readonly number[], name: NodeJS.Signals) => {
    for (const id of ids) {
      try {
        process.kill(id, name)
      } catch {
        // It has ended meanwhile.
      }
    }
  }
  const all = () => kinds.flatMap(idsOf)
  // The end of the tests in whatever way is the end of the servers.
  spawn('bash', ['-c', WATCH, 'watch', String(process.pid), folder], { detached: true, stdio: 'ignore' }).unref()
  const end = async () => {
    const ids = all()
    signal(ids, 'SIGCONT')
    await run(script, ['down'], { env: environment }).catch(() => undefined)
    for (let round = 0; round < 30 && ids.some(isAlive); round++) await pause(100)
    signal(ids, 'SIGKILL')
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
  try {
    await Promise.all(kinds.map(up))
  } catch (error) {
    await end()
    throw error
  }
  return {
    folder,
    end,
    server: (kind) => ({
      port: ports.get(kind)!,
      freeze: () => signal(idsOf(kind), 'SIGSTOP'),
      thaw: () => signal(idsOf(kind), 'SIGCONT'),
      async kill() {
        // Whatever is stopped begins nothing that could survive.
        const first = idsOf(kind)
        signal(first, 'SIGSTOP')
        const ids = [...new Set([...first, ...idsOf(kind)])]
        signal(ids, 'SIGKILL')
        while (ids.some(isAlive)) await pause(20)
        // What the dead left behind would keep the next from starting.
        for (const lock of LOCKS) await rm(join(folder, lock), { force: true })
      },
      async start() {
        await up(kind)
      },
    }),
  }
}

/** A process and all that it began, directly or not: some are in groups of their own. */
function processesOf(root: number): readonly number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = statOf(Number(name))
    if (stat !== undefined) parents.set(Number(name), stat.parent)
  }
  const found = [root]
  for (const id of found) for (const [child, parent] of parents) if (parent === id) found.push(child)
  return found.filter((id) => parents.has(id))
}

function statOf(id: number): { readonly state: string; readonly parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${id}/stat`, 'utf8')
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: state!, parent: Number(parent) }
  } catch {
    return undefined
  }
}

const isAlive = (id: number): boolean => (statOf(id) ?? { state: 'Z' }).state !== 'Z'

/** The first of so many ports in a row that are free. */
async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const first = 20_000 + Math.floor(Math.random() * 12_000)
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(first + i)))
    if (free.every(Boolean)) return first
  }
  throw new Error('no ports are free')
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** Connections of this process to a port of this machine (proc(5), /proc/net/tcp). */
export function connectionsTo(port: number): number {
  const own = new Set(
    readdirSync('/proc/self/fd').flatMap((name) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${name}`))?.[1] ?? []
      } catch {
        return []
      }
    }),
  )
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const lines = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/self/net/${table}`, 'utf8').split('\n').slice(1))
  return lines.filter((line) => {
    const [, , remote, , , , , , , inode] = line.trim().split(/\s+/)
    return remote?.endsWith(`:${hex}`) === true && own.has(inode ?? '')
  }).length
}
