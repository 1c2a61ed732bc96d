import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { PolyprovError } from '../../../planner/errors.ts'

/** An append-only file of records, each behind its length and CRC-32. */
export interface Log {
  readonly bytes: number
  /** Appends a record; settles when it is on disk. A record that could not be written whole is taken back. */
  append(payload: Uint8Array): Promise<void>
  close(): Promise<void>
}

const HEADER = 8

/** Opens a log for appending behind its first `length` bytes; what follows them goes. */
export async function openLog(path: string, length: number): Promise<Log> {
  const file = await open(path, length === 0 ? 'w' : 'r+')
  await file.truncate(length)
  await file.sync()
  let end = length
  let broken: unknown
  return {
    get bytes() {
      return end
    },
    async append(payload) {
      if (broken !== undefined) throw failed(path, broken)
      const header = Buffer.alloc(HEADER)
      header.writeUInt32LE(payload.length, 0)
      header.writeUInt32LE(crc32(payload), 4)
      try {
        await writeAll(file, payload.length < 1 << 16 ? [Buffer.concat([header, payload])] : [header, payload], end)
      } catch (error) {
        await file.truncate(end).catch(() => {
          broken = error
        })
        throw failed(path, error)
      }
      try {
        await file.datasync()
      } catch (error) {
        // What reached the disk is unknown now: only reading it again tells.
        broken = error
        throw failed(path, error)
      }
      end += HEADER + payload.length
    },
    close: () => file.close(),
  }
}

async function writeAll(file: FileHandle, parts: readonly Uint8Array[], position: number): Promise<void> {
  let at = position
  for (const part of parts)
    for (let done = 0; done < part.length; ) {
      const { bytesWritten } = await file.write(part, done, Math.min(part.length - done, 1 << 26), at)
      done += bytesWritten
      at += bytesWritten
    }
}

const failed = (path: string, cause: unknown): PolyprovError =>
  new PolyprovError('store-failed', `Cannot write ${path}: ${cause instanceof Error ? cause.message : cause}`, {
    locator: path,
    cause,
  })

/**
 * Visits the records of a log; resolves to the length of its sound part. A torn record at the end was never
 * acknowledged; a bad record with a sound one behind it is damage, and an error.
 */
export async function readLog(path: string, visit: (payload: Buffer) => void): Promise<number> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    let at = 0
    for (;;) {
      const record = await readRecord(file, at, size)
      if (record === undefined) break
      if (!record.sound) {
        if ((await readRecord(file, record.end, size))?.sound === true)
          throw new PolyprovError('store-failed', `The log ${path} is damaged at byte ${at}: restore it from a copy`, {
            locator: path,
          })
        break
      }
      visit(record.payload)
      at = record.end
    }
    return at
  } finally {
    await file.close()
  }
}

async function readRecord(
  file: FileHandle,
  at: number,
  size: number,
): Promise<{ readonly payload: Buffer; readonly end: number; readonly sound: boolean } | undefined> {
  if (at + HEADER > size) return undefined
  const header = await readExactly(file, at, HEADER)
  const length = header.readUInt32LE(0)
  if (length === 0 || at + HEADER + length > size) return undefined
  const payload = await readExactly(file, at + HEADER, length)
  return { payload, end: at + HEADER + length, sound: crc32(payload) === header.readUInt32LE(4) }
}

async function readExactly(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length)
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(buffer, done, Math.min(length - done, 1 << 26), position + done)
    if (bytesRead === 0) throw new Error('the file became shorter while it was read')
    done += bytesRead
  }
  return buffer
}
