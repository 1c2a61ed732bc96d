import type { RangedReader } from '../ranged-reader.ts'
import { malformed, readExactly } from './malformed.ts'
import { decodeText } from './text.ts'
import {
  checkField,
  type Field,
  type FieldName,
  isFieldName,
  isFieldType,
  STANDARD_LAYOUT,
  type TraceLayout,
} from './trace-header.ts'

export const RECORD = 3200
const FIRST_RECORD = 3600
/** Most extended text that is read: a Layout stanza takes 10 kB. */
const MOST_TEXT = 256 * 1024
/** Most records looked at for the EndText stanza. */
const MOST_RECORDS = 1280

/** The extended textual headers, and where they end. */
export interface ExtendedText {
  readonly text: string
  readonly end: number
}

/** `count` records of extended text; of very long ones only the beginning. */
export async function readExtendedText(
  reader: RangedReader,
  head: Uint8Array,
  count: number,
  signal: AbortSignal | undefined,
): Promise<ExtendedText> {
  const end = FIRST_RECORD + count * RECORD
  if (end > reader.size)
    throw malformed(
      `it announces ${count} extended text headers (byte 3505), which end beyond its ${reader.size} bytes`,
    )
  const bytes = await rangeOf(reader, head, Math.min(end, FIRST_RECORD + MOST_TEXT), signal)
  return { text: decodeText(bytes), end }
}

/** Records up to and with the one that opens with `((SEG: EndText))` (SEG-Y rev 1, section 6.2). */
export async function readTextUntilEnd(
  reader: RangedReader,
  head: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<ExtendedText> {
  const texts: string[] = []
  let looked = 0
  for (let records = 4; looked < MOST_RECORDS; records *= 4) {
    const start = FIRST_RECORD + looked * RECORD
    const available = Math.floor((reader.size - start) / RECORD)
    if (available <= 0) break
    const end = start + Math.min(records, available, MOST_RECORDS - looked) * RECORD
    const bytes = end <= head.length ? head.subarray(start, end) : await readExactly(reader, start, end - start, signal)
    for (let at = 0; at < bytes.length; at += RECORD) {
      looked++
      const text = decodeText(bytes.subarray(at, at + RECORD))
      if (/^\s*\(\(\s*SEG\s*:\s*ENDTEXT\s*\)\)/i.test(text)) return { text: texts.join(''), end: start + at + RECORD }
      if (texts.length * RECORD < MOST_TEXT) texts.push(text)
    }
    if (available <= records) break
  }
  throw malformed(
    `no ((SEG: EndText)) stanza in the first ${looked} extended text headers, whose number it leaves open (byte 3505 is -1)`,
  )
}

async function rangeOf(reader: RangedReader, head: Uint8Array, end: number, signal: AbortSignal | undefined) {
  if (end <= head.length) return head.subarray(FIRST_RECORD, end)
  return readExactly(reader, FIRST_RECORD, end - FIRST_RECORD, signal)
}

/** The trace header layout that a `((SEG:Layout` stanza defines; it counts whatever revision the file claims. */
export function parseLayout(text: string): TraceLayout {
  const start = text.search(/\(\(\s*SEG\s*:\s*LAYOUT\b/i)
  if (start < 0) return STANDARD_LAYOUT
  const stanza = text.slice(start, endOfStanza(text, start))
  const base: Partial<Record<FieldName, Field>> = {}
  const extension: Partial<Record<FieldName, Field>> = {}
  let target: Partial<Record<FieldName, Field>> | undefined = base
  for (const [, closing, tag, attributes] of stanza.matchAll(/<(\/?)(entry|extension)\b([^<>]{0,400})>/gi)) {
    if (tag!.toLowerCase() === 'extension') {
      if (closing === '/') target = base
      else target = attribute(attributes!, 'name') === 'SEG00001' ? extension : undefined
    } else addEntry(target, attributes!)
  }
  return { base: { ...STANDARD_LAYOUT.base, ...base }, extension: { ...STANDARD_LAYOUT.extension, ...extension } }
}

function addEntry(target: Partial<Record<FieldName, Field>> | undefined, attributes: string): void {
  const name = attribute(attributes, 'name') ?? ''
  const type = attribute(attributes, 'type') ?? ''
  if (target === undefined || !isFieldName(name) || !isFieldType(type)) return
  // Counts are unsigned (rev 2.1, table 3), although the appendix types the sample count as int2.
  const unsigned = name === 'nsamps' && type === 'int2' ? 'uint2' : type
  target[name] = checkField(name, { byte: Number(attribute(attributes, 'byte')), type: unsigned })
}

const attribute = (attributes: string, name: string): string | undefined =>
  new RegExp(`\\b${name}\\s{0,8}=\\s{0,8}["']([^"']{0,80})["']`).exec(attributes)?.[1]

/** With its root element; where that is cut off, with the next stanza. */
function endOfStanza(text: string, start: number): number {
  const closed = text.slice(start).search(/<\/segy-layout\s*>/i)
  if (closed >= 0) return start + closed
  const next = text.indexOf('((', start + 2)
  return next < 0 ? text.length : next
}
