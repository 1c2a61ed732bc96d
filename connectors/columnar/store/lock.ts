import { readFileSync } from 'node:fs'
import { link, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { PolyprovError } from '../../../planner/errors.ts'

/** Who holds a folder; `started` tells a process from a later one with the same number, where the system says. */
interface Holder {
  readonly pid: number
  readonly host: string
  readonly started: string
}

/** Milliseconds between two signs of life; a holder on another host that misses two is gone. */
const HEARTBEAT = 2_000

const heldHere = new Set<string>()

/** Claims a folder for writing; resolves to what gives it back. */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'lock')
  const text = JSON.stringify({ pid: process.pid, host: hostname(), started: startOf(process.pid) } satisfies Holder)
  if (heldHere.has(path)) throw inUse(folder, 'this process itself')
  heldHere.add(path)
  try {
    await claim(folder, path, text)
  } catch (error) {
    heldHere.delete(path)
    throw error
  }
  const heartbeat = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => undefined)
  }, HEARTBEAT)
  heartbeat.unref()
  return async () => {
    clearInterval(heartbeat)
    heldHere.delete(path)
    await unlink(path).catch(() => undefined)
  }
}

async function claim(folder: string, path: string, text: string): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      await writeFile(path, text, { flag: 'wx' })
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const held = await readFile(path, 'utf8').catch(() => undefined)
    if (held === undefined) continue
    const holder = parseHolder(held)
    if (await isAlive(path, holder)) throw inUse(folder, `process ${holder?.pid ?? '?'} on ${holder?.host ?? '?'}`)
    await clear(path, held)
  }
  throw inUse(folder, 'several processes that open it at once')
}

const inUse = (folder: string, by: string): PolyprovError =>
  new PolyprovError(
    'store-failed',
    `The triple store ${folder} is in use by ${by}: close it there, or open it with readOnly`,
    { locator: folder },
  )

/** Moves a stale lock away, unless another process has replaced it meanwhile. */
async function clear(path: string, stale: string): Promise<void> {
  const aside = `${path}.${process.pid}`
  try {
    await rename(path, aside)
    if ((await readFile(aside, 'utf8')) !== stale) await link(aside, path).catch(() => undefined)
    await unlink(aside)
  } catch {
    // Another process cleared it first: the next attempt sees what it left.
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder
  } catch {
    return undefined
  }
}

async function isAlive(path: string, holder: Holder | undefined): Promise<boolean> {
  if (holder !== undefined && holder.host === hostname()) {
    if (!exists(holder.pid)) return false
    const started = startOf(holder.pid)
    if (started === '' || holder.started === '') return holder.pid !== process.pid
    return started === holder.started
  }
  // A process elsewhere (or a lock caught while it was being written) shows itself by touching the file.
  const before = await modified(path)
  await wait(holder === undefined ? 100 : 2.5 * HEARTBEAT)
  const after = await modified(path)
  return after !== undefined && after !== before
}

const modified = async (path: string): Promise<number | undefined> => (await stat(path).catch(() => undefined))?.mtimeMs

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** When a process started, in ticks since boot (proc(5), field 22 of `stat`), with the boot; '' where unknown. */
function startOf(pid: number): string {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${fields.slice(fields.lastIndexOf(')') + 2).split(' ')[19]}`
  } catch {
    return ''
  }
}
