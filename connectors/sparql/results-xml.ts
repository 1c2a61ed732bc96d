import type { JsonRow, JsonValue, RowReader } from './results-json.ts'

/** Most characters of one row, and of all that is no row. */
const LONGEST_ROW = 64 * 2 ** 20

const BINDING = /<binding\s+name\s*=\s*(?:"([^"]*)"|'([^']*)')\s*>([\s\S]*?)<\/binding\s*>/g
const VALUE = /^\s*<(uri|literal|bnode)((?:\s[^>]*?)?)(?:\/>|>([\s\S]*?)<\/\1\s*>)\s*$/
const DATATYPE = /\sdatatype\s*=\s*(?:"([^"]*)"|'([^']*)')/
const LANGUAGE = /\sxml:lang\s*=\s*(?:"([^"]*)"|'([^']*)')/

/**
 * A reader of SPARQL Query Results XML Format for endpoints that know no other: `<result>` elements are cut out of the
 * text as they end. Namespace prefixes and processing instructions within results are not understood.
 */
export function xmlReader(): RowReader {
  let pending = ''
  let began = false
  let ended = false

  return {
    feed(text) {
      pending += text
      const rows: JsonRow[] = []
      let from = 0
      for (;;) {
        const start = pending.indexOf('<result>', from)
        const end = start < 0 ? -1 : pending.indexOf('</result>', start)
        if (end < 0) break
        rows.push(rowOf(pending.slice(start, end)))
        from = end + '</result>'.length
      }
      began ||= pending.includes('<results')
      const tail = pending.slice(from)
      ended ||= /<\/sparql\s*>\s*$/.test(tail)
      // Of what is no row yet, the beginning of a tag must stay.
      pending = tail.includes('<result>') || !began ? tail : tail.slice(-LONGEST_TAG)
      if (pending.length > LONGEST_ROW) throw new Error('a row is too long')
      return rows
    },
    end() {
      if (!began || !ended) throw new Error('it ends before its end')
    },
  }
}

const LONGEST_TAG = 4_096

function rowOf(text: string): JsonRow {
  const row: Record<string, JsonValue> = {}
  for (const [, double, single, inner] of text.matchAll(BINDING)) {
    const found = VALUE.exec(inner!)
    if (found === null) throw new Error('a binding holds no term')
    const [, type, attributes = '', content = ''] = found
    const datatype = attribute(DATATYPE, attributes)
    const language = attribute(LANGUAGE, attributes)
    row[decode(double ?? single ?? '')] = {
      type: type!,
      value: decode(content),
      ...(datatype === undefined ? {} : { datatype }),
      ...(language === undefined ? {} : { 'xml:lang': language }),
    }
  }
  return row
}

function attribute(pattern: RegExp, text: string): string | undefined {
  const found = pattern.exec(text)
  return found === null ? undefined : decode(found[1] ?? found[2] ?? '')
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function decode(text: string): string {
  return text.replace(
    /<!\[CDATA\[([\s\S]*?)\]\]>|&(?:#x([0-9A-Fa-f]+)|#(\d+)|(\w+));/g,
    (whole, data, hex, decimal, name) => {
      if (data !== undefined) return data
      if (name !== undefined) return ENTITIES[name] ?? whole
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    },
  )
}
