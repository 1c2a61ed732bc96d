/** Code page 037 from 0x40 on, characters without a glyph as blanks; all below 0x40 are controls. */
const EBCDIC =
  '  âäàáãåçñ¢.<(+|&éêëèíîïìß!$*);¬-/ÂÄÀÁÃÅÇÑ¦,%_>?øÉÊËÈÍÎÏÌ`:#@\'="Øabcdefghi«»ðýþ±°jklmnopqrªºæ¸Æ¤µ~stuvwxyz¡¿ÐÝÞ®^£¥·©§¶¼½¾[]¯¨´×{ABCDEFGHI ôöòóõ}JKLMNOPQR¹ûüùúÿ\\÷STUVWXYZ²ÔÖÒÓÕ0123456789³ÛÜÙÚ '

export type TextEncoding = 'EBCDIC' | 'ASCII'

/** Counts letters, digits and blanks under both codes: byte 0 alone may be a blank or a NUL in either. */
export function textEncoding(bytes: Uint8Array): TextEncoding {
  let ascii = 0
  let ebcdic = 0
  for (const byte of bytes) {
    if (byte === 0x20 || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x7a)) ascii++
    if (byte === 0x40 || (byte >= 0x81 && byte <= 0xa9) || (byte >= 0xc1 && byte <= 0xf9)) ebcdic++
  }
  return ebcdic > ascii ? 'EBCDIC' : 'ASCII'
}

/** One character a byte, controls as blanks (CR and LF stand inside the 80 columns of some files). */
export function decodeText(bytes: Uint8Array, encoding: TextEncoding = textEncoding(bytes)): string {
  const characters: string[] = []
  for (const byte of bytes) {
    if (encoding === 'EBCDIC') characters.push(byte < 0x40 ? ' ' : (EBCDIC[byte - 0x40] ?? ' '))
    else characters.push(byte < 0x20 || (byte >= 0x7f && byte < 0xa0) ? ' ' : String.fromCharCode(byte))
  }
  return characters.join('')
}

/** The textual header as lines of 80 columns, trailing blanks taken off. */
export function textLines(text: string): readonly string[] {
  const lines: string[] = []
  for (let start = 0; start < text.length; start += 80) lines.push(text.slice(start, start + 80).trimEnd())
  while (lines.length > 0 && lines.at(-1) === '') lines.pop()
  return lines
}

const INLINE = /\b(?:IN-?LINE|I-?LINE|IL)\b/
const CROSSLINE = /\b(?:CROSS-?LINE|X-?LINE|XL)\b/

function statedByte(line: string, name: RegExp): number | undefined {
  const start = line.search(name)
  if (start < 0) return undefined
  const after =
    /^[^0-9]{0,40}\bBYTES?\b\W{0,4}(\d{1,3})\b/.exec(line.slice(start)) ??
    /^\S+\W{1,8}(\d{1,3})\s+INTEGER/.exec(line.slice(start))
  const before = /\bBYTES?\W{0,4}(\d{1,3})(?:\s{0,2}-\s{0,2}\d{1,3})?\W{0,8}$/.exec(line.slice(0, start))
  const byte = Number(after?.[1] ?? before?.[1])
  return byte >= 1 && byte <= 237 ? byte : undefined
}

/** Trace header bytes that the text says line numbers are at (`INLINE BYTES 189-192`), where it names both. */
export function statedLineBytes(lines: readonly string[]): { inline: number; crossline: number } | undefined {
  const find = (name: RegExp) => {
    for (const line of lines) {
      const byte = statedByte(line.toUpperCase(), name)
      if (byte !== undefined) return byte
    }
    return undefined
  }
  const inline = find(INLINE)
  const crossline = find(CROSSLINE)
  return inline === undefined || crossline === undefined || inline === crossline ? undefined : { inline, crossline }
}
