import { Buffer } from 'node:buffer'
import type { Row } from './database.ts'

/** A statement as a simple query of PostgreSQL's wire protocol (PostgreSQL documentation, "Message Formats"). */
export function simpleQuery(text: string): Uint8Array {
  const body = Buffer.byteLength(text) + 5
  const message = Buffer.alloc(1 + body)
  message.write('Q')
  message.writeInt32BE(body, 1)
  message.write(text, 5)
  return message
}

/**
 * The rows of an answer's messages, as texts. PGlite's own reading takes a byte order mark away from the beginning of
 * every text. Throws what the server says is wrong, with its `code`.
 */
export function rowsOfMessages(bytes: Uint8Array): readonly Row[] {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const rows: Row[] = []
  for (let at = 0; at < data.length; ) {
    const kind = String.fromCharCode(data[at]!)
    if (kind === 'D') rows.push(rowAt(data, at + 5))
    if (kind === 'E') throw failureAt(data, at + 5)
    at += 1 + data.readInt32BE(at + 1)
  }
  return rows
}

function rowAt(data: Buffer, start: number): Row {
  const row: (string | null)[] = []
  let at = start + 2
  for (let left = data.readInt16BE(start); left > 0; left--) {
    const length = data.readInt32BE(at)
    at += 4
    row.push(length < 0 ? null : data.toString('utf8', at, at + length))
    at += Math.max(length, 0)
  }
  return row
}

/** Fields of an error: a byte that names it, its text, a zero; a zero ends them. */
function failureAt(data: Buffer, start: number): Error {
  const fields = new Map<string, string>()
  for (let at = start; data[at] !== 0; ) {
    const end = data.indexOf(0, at)
    fields.set(String.fromCharCode(data[at]!), data.toString('utf8', at + 1, end))
    at = end + 1
  }
  return Object.assign(new Error(fields.get('M') ?? 'unknown error'), { code: fields.get('C') })
}
