import type { TermDefinition, TermTable } from './term.ts'

const number = (comment: string, range = 'xsd:integer'): TermDefinition => ({
  kind: 'datatype property',
  domain: 'pl:DataReference',
  range,
  comment,
})

/** `segy:`, what a SEG-Y file's headers say (SEG-Y revisions 0 to 2.1), on the data reference itself. */
export const SEGY_TERMS = {
  inlineCount: number('Number of inlines.'),
  inlineFirst: number('Number of the first inline.'),
  inlineLast: number('Number of the last inline.'),
  inlineStep: number('Difference of the numbers of neighbouring inlines.'),
  crosslineCount: number('Number of crosslines.'),
  crosslineFirst: number('Number of the first crossline.'),
  crosslineLast: number('Number of the last crossline.'),
  crosslineStep: number('Difference of the numbers of neighbouring crosslines.'),
  sampleCount: number('Samples of a trace.'),
  sampleInterval: number('Time between two samples, in microseconds.', 'xsd:decimal'),
  traceCount: number('Number of traces.'),
  sampleFormat: number('Code of the sample format: 1 for IBM floating point, 5 for IEEE 754 and so on.'),
  revision: number('Revision of the standard that the file claims, such as "1.0".', 'xsd:string'),
  byteOrder: number('"big-endian" or "little-endian".', 'xsd:string'),
  textHeader: number('The textual file header: 40 lines of 80 characters.', 'xsd:string'),
  offsetCount: number('Number of offsets of each bin; 1 after stacking.'),
  coordinateScalar: number('What coordinates are multiplied by, or divided by where it is negative.'),
  exact: number('Whether every trace was seen, or the geometry is proven otherwise.', 'xsd:boolean'),
  footprint: number("Outline of the survey, in the survey's own coordinates.", 'geo:wktLiteral'),
  crs: {
    kind: 'object property',
    domain: 'pl:DataReference',
    comment: 'Coordinate reference system of the coordinates, an EPSG IRI, where it is known.',
  },
} as const satisfies TermTable
