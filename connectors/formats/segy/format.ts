import { GEO, SEGY, XSD } from '../../../planner/namespaces.ts'
import { iri, type Literal, literal, type NamedNode, type Quad, quad, type Term } from '../../../planner/term.ts'
import type { ObjectFormat } from '../format.ts'
import { parseBinaryHeader } from './binary-header.ts'
import type { Axis } from './geometry.ts'
import { readSegyHeader, type SegyHeader } from './header.ts'
import { decodeText } from './text.ts'

interface SegyFormatOptions {
  /** Traces looked at to contradict the geometry; 8 where absent. */
  readonly probes?: number
  /** Read the header of every trace of every file: slow, and exact. */
  readonly full?: boolean
}

const AXIS_TERMS = ['Count', 'First', 'Last', 'Step'] as const
const TERMS = [
  ...AXIS_TERMS.map((term) => `inline${term}`),
  ...AXIS_TERMS.map((term) => `crossline${term}`),
  'sampleCount',
  'sampleInterval',
  'traceCount',
  'sampleFormat',
  'revision',
  'byteOrder',
  'textHeader',
  'offsetCount',
  'coordinateScalar',
  'exact',
  'footprint',
  'crs',
]

/** SEG-Y headers as triples of the `segy:` vocabulary. */
export function segyFormat(options: SegyFormatOptions = {}): ObjectFormat {
  return {
    name: 'SEG-Y',
    predicates: TERMS.map((term) => SEGY + term),
    reads: options.full
      ? 'the header of every trace'
      : `bytes 0–16383, then 240 B trace headers: the last, the ends of fold and lines, ${options.probes ?? 8} probes`,
    whole: true,
    recognises: (locator, head) => !opensOtherwise(head) && (/\.se?gy$/i.test(locator) || looksLikeSegy(head)),
    async triples(reader, { reference, object }, { signal, warn }) {
      const header = await readSegyHeader(reader, { ...options, signal })
      if (!header.regular && !header.exact)
        warn?.(
          `${object}: its traces form no regular grid; line numbers are those of ${header.probes} traces looked at`,
        )
      return headerTriples(reference, header)
    },
  }
}

/** Signatures of formats that files named `.sgy` have been seen to hold instead: HDF5, gzip, ZIP. */
const SIGNATURES = ['\u0089HDF', '\u001f\u008b', 'PK\u0003\u0004']

const opensOtherwise = (head: Uint8Array): boolean =>
  SIGNATURES.some((signature) => [...signature].every((character, index) => head[index] === character.charCodeAt(0)))

/** By its content alone: a textual header whose first card is numbered, and a binary header that parses. */
function looksLikeSegy(head: Uint8Array): boolean {
  if (head.length < 3600 || !/^\s*C\s?1\b/.test(decodeText(head.subarray(0, 3200)).slice(0, 80))) return false
  try {
    return parseBinaryHeader(head).sampleFormat > 0
  } catch {
    return false
  }
}

/** The triples of one header; what it does not tell is left out. */
function headerTriples(reference: Term, header: SegyHeader): readonly Quad[] {
  if (reference.termType === 'Literal') return []
  const facts: readonly (readonly [string, NamedNode | Literal | undefined])[] = [
    ...axisFacts('inline', header.inlines),
    ...axisFacts('crossline', header.crosslines),
    ['sampleCount', integer(header.sampleCount)],
    ['sampleInterval', decimal(header.sampleInterval)],
    ['traceCount', integer(header.traceCount)],
    ['sampleFormat', integer(header.sampleFormat)],
    ['revision', literal(header.revision, iri(`${XSD}decimal`))],
    ['byteOrder', literal(header.byteOrder)],
    ['textHeader', literal(header.textHeader)],
    ['offsetCount', integer(header.offsetCount)],
    ['coordinateScalar', integer(header.coordinateScalar)],
    ['exact', literal(String(header.exact), iri(`${XSD}boolean`))],
    ['footprint', footprintLiteral(header)],
    ['crs', header.crs === undefined ? undefined : iri(header.crs)],
  ]
  return facts.flatMap(([term, object]) => (object === undefined ? [] : [quad(reference, iri(SEGY + term), object)]))
}

const axisFacts = (name: string, axis: Axis | undefined): readonly (readonly [string, Literal | undefined])[] => [
  [`${name}Count`, integer(axis?.count)],
  [`${name}First`, integer(axis?.first)],
  [`${name}Last`, integer(axis?.last)],
  [`${name}Step`, integer(axis?.step)],
]

/**
 * The reference system, where known, stands before the text (GeoSPARQL 1.1, section 8.5.1): bare WKT means CRS84. One
 * that contradicts the coordinates is left out; geographic ones of EPSG put latitude first.
 */
function footprintLiteral({ footprint, crs, angles }: SegyHeader): Literal | undefined {
  if (footprint === undefined) return undefined
  const geographic = crs !== undefined && isGeographic(crs)
  const text = geographic && angles ? swapAxes(footprint) : footprint
  const prefix = crs !== undefined && geographic === angles ? `<${crs}> ` : ''
  return literal(prefix + text, iri(`${GEO}wktLiteral`))
}

/** EPSG numbers its two-dimensional geographic systems from 4001 to 4999. */
const isGeographic = (crs: string): boolean => /\/4\d{3}$/.test(crs)

const swapAxes = (text: string): string => text.replace(/(-?[\d.]+) (-?[\d.]+)/g, '$2 $1')

const integer = (value: number | undefined): Literal | undefined =>
  Number.isInteger(value) ? literal(BigInt(value!).toString(), iri(`${XSD}integer`)) : undefined

/** Whole microseconds are the rule, and integers then; revision 2 allows fractions. */
function decimal(value: number | undefined): Literal | undefined {
  if (value === undefined || Number.isInteger(value)) return integer(value)
  const text = String(value)
  return text.includes('e') ? literal(text, iri(`${XSD}double`)) : literal(text, iri(`${XSD}decimal`))
}
