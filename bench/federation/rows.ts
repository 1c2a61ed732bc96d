/** A row of an answer: a value by column, none where it is unbound. */
export type Row = Readonly<Record<string, string | number | bigint | boolean | undefined>>

const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i

/** Averages and doubles are written in as many ways as there are contestants. */
function textOf(value: Row[string]): string {
  if (typeof value === 'number' || typeof value === 'bigint' || (typeof value === 'string' && NUMBER.test(value)))
    return String(Number(Number(value).toPrecision(10)))
  return String(value)
}

const lineOf = (row: Row): string =>
  Object.keys(row)
    .filter((name) => row[name] !== undefined)
    .sort()
    .map((name) => `${name}=${textOf(row[name])}`)
    .join('\t')

/** Where two answers differ, in words; `undefined` where they are equal: as sequences, or else as multisets. */
export function difference(one: readonly Row[], other: readonly Row[], ordered: boolean): string | undefined {
  const [lines, others] = [one.map(lineOf), other.map(lineOf)]
  if (!ordered) {
    lines.sort()
    others.sort()
  }
  const at = lines.findIndex((line, index) => line !== others[index])
  if (at < 0 && lines.length === others.length) return undefined
  const index = at < 0 ? lines.length : at
  return `${one.length} rows and ${other.length}; row ${index}: ${lines[index] ?? 'none'} | ${others[index] ?? 'none'}`
}
