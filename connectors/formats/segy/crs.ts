const EPSG = 'http://www.opengis.net/def/crs/EPSG/0/'

/** UTM zones of a datum: the name as texts write it, the zones, and the EPSG code of zone 0. */
interface UtmSeries {
  readonly datum: RegExp
  readonly from: number
  readonly to: number
  readonly north?: number
  readonly south?: number
}

/** From the EPSG registry; a longer name stands before one that it contains. */
const SERIES: readonly UtmSeries[] = [
  { datum: /\bWGS\W{0,2}(?:19)?84\b/, from: 1, to: 60, north: 32600, south: 32700 },
  { datum: /\bWGS\W{0,2}(?:19)?72\b/, from: 1, to: 60, north: 32200, south: 32300 },
  { datum: /\bED\W{0,2}(?:19)?50\b|\bEUROPEAN DATUM (?:OF )?1950\b/, from: 28, to: 38, north: 23000 },
  { datum: /\bETRS\W{0,2}(?:19)?89\b/, from: 28, to: 38, north: 25800 },
  { datum: /\bNAD\W{0,2}(?:19)?83\b/, from: 1, to: 23, north: 26900 },
  { datum: /\bNAD\W{0,2}(?:19)?27\b/, from: 1, to: 22, north: 26700 },
  { datum: /\bSIRGAS\W{0,2}2000\b/, from: 17, to: 25, south: 31960 },
  { datum: /\bSIRGAS\W{0,2}2000\b/, from: 11, to: 22, north: 31954 },
  { datum: /\bSAD\W{0,2}(?:19)?69\b/, from: 18, to: 25, south: 29170 },
  { datum: /\bGDA\W{0,2}(?:19)?94\b/, from: 48, to: 58, south: 28300 },
  { datum: /\bGDA\W{0,2}2020\b/, from: 46, to: 59, south: 7800 },
]

/** The coordinate reference system that the textual header states, as an EPSG IRI: SEG-Y has no field for it. */
export function statedCrs(lines: readonly string[]): string | undefined {
  // A label of the 40 lines ("C 7") would stand between a datum and a zone of the next line.
  const text = lines
    .map((line) => line.replace(/^C\s?\d{1,2}\b/, ''))
    .join('\n')
    .toUpperCase()
  const code = /\bEPSG\b\W{0,8}(?:CODE\W{0,8})?(\d{4,5})\b/.exec(text)?.[1]
  if (code !== undefined) return EPSG + code
  const zone =
    /\b(?:UTM|MGA)(?:\W{0,3}ZONE)?\W{0,4}(?:\d{4}\W{1,4})?(\d{1,2})\W{0,2}(NORTH|SOUTH|N|S)?\b/.exec(text) ??
    /\bZONE\W{0,4}(\d{1,2})\W{0,2}(NORTH|SOUTH|N|S)?\b/.exec(text)
  if (zone === null || !/UTM|MGA|UNIVERSAL TRANSVERSE/.test(text)) return undefined
  const found = new Set(SERIES.filter(({ datum }) => datum.test(text)).map((series) => codeOf(series, zone)))
  found.delete(undefined)
  // Two datums in one text (a re-projected survey): which of them holds cannot be told.
  return found.size === 1 ? `${EPSG}${[...found][0]}` : undefined
}

function codeOf(series: UtmSeries, [, number, hemisphere]: RegExpExecArray): number | undefined {
  const zone = Number(number)
  if (zone < series.from || zone > series.to) return undefined
  if (hemisphere?.startsWith('S')) return series.south === undefined ? undefined : series.south + zone
  if (hemisphere?.startsWith('N')) return series.north === undefined ? undefined : series.north + zone
  // Without a hemisphere: the only one that the datum has, else the northern, as Petrel writes it.
  const base = series.north ?? series.south
  return base === undefined ? undefined : base + zone
}
