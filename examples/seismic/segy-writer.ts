import { open } from 'node:fs/promises'
import { binPosition, epsgCode } from './coordinates.ts'
import { type SyntheticSurvey, syntheticTraces } from './synthetic-survey.ts'

const TEXT_HEADER_BYTES = 3200
const BINARY_HEADER_BYTES = 400
const TRACE_HEADER_BYTES = 240
/** Coordinates are written in centimetres. */
const COORDINATE_SCALE = 100

/** EBCDIC (code page 037) of the characters that the text header uses, in runs of neighbours. */
const EBCDIC_RUNS: readonly (readonly [string, number])[] = [
  [' ', 0x40],
  ['.<(+', 0x4b],
  ['*);', 0x5c],
  ['-/', 0x60],
  [',%_', 0x6b],
  [":#@'=", 0x7a],
  ['ABCDEFGHI', 0xc1],
  ['JKLMNOPQR', 0xd1],
  ['STUVWXYZ', 0xe2],
  ['abcdefghi', 0x81],
  ['jklmnopqr', 0x91],
  ['stuvwxyz', 0xa2],
  ['0123456789', 0xf0],
]
const EBCDIC = new Map(
  EBCDIC_RUNS.flatMap(([characters, first]) => [...characters].map((character, index) => [character, first + index])),
)

/** The textual file header: 40 lines of 80 characters (SEG-Y revision 1, section 4). */
function textHeader(survey: SyntheticSurvey, seed: number): Buffer {
  const lines = [
    `${survey.title}: SYNTHETIC SURVEY, made by the polyprov example`,
    `Layers, faults and noise from seed ${seed}: no measured data`,
    `Inlines ${survey.firstInline} to ${survey.firstInline + survey.inlines - 1} at bytes 189-192`,
    `Crosslines ${survey.firstCrossline} to ${survey.firstCrossline + survey.crosslines - 1} at bytes 193-196`,
    `CDP X at bytes 181-184, CDP Y at bytes 185-188, in metres after the scalar`,
    `Coordinates: WGS 84, UTM zone ${survey.origin.zone}${survey.origin.south ? 'S' : 'N'}, EPSG:${epsgCode(survey.origin)}`,
  ]
  const text = Array.from({ length: 40 }, (_, index) => {
    const content = index === 38 ? 'SEG Y REV1' : index === 39 ? 'END TEXTUAL HEADER' : (lines[index] ?? '')
    return `C${String(index + 1).padStart(2)} ${content}`.padEnd(80).slice(0, 80)
  }).join('')
  if (survey.text === 'ASCII') return Buffer.from(text, 'latin1')
  return Buffer.from([...text].map((character) => EBCDIC.get(character) ?? 0x40))
}

/** The binary file header (SEG-Y revision 1, table 2). */
function binaryHeader(survey: SyntheticSurvey): Buffer {
  const header = Buffer.alloc(BINARY_HEADER_BYTES)
  const at = (byte: number): number => byte - TEXT_HEADER_BYTES - 1
  header.writeInt32BE(1, at(3201))
  header.writeInt16BE(survey.crosslines, at(3213))
  header.writeInt16BE(survey.sampleInterval, at(3217))
  header.writeInt16BE(survey.samples, at(3221))
  header.writeInt16BE(survey.format, at(3225))
  header.writeInt16BE(1, at(3227))
  header.writeInt16BE(4, at(3229))
  header.writeInt16BE(1, at(3255))
  header.writeUInt16BE(0x0100, at(3501))
  header.writeInt16BE(1, at(3503))
  return header
}

/** A trace header (SEG-Y revision 1, table 3). */
function writeTraceHeader(buffer: Buffer, survey: SyntheticSurvey, trace: number): void {
  const inline = Math.floor(trace / survey.crosslines)
  const crossline = trace % survey.crosslines
  const [x, y] = binPosition(survey, inline, crossline).map((metres) => Math.round(metres * COORDINATE_SCALE))
  const int32 = (byte: number, value: number): unknown => buffer.writeInt32BE(value, byte - 1)
  const int16 = (byte: number, value: number): unknown => buffer.writeInt16BE(value, byte - 1)
  int32(1, trace + 1)
  int32(5, trace + 1)
  int32(21, trace + 1)
  int16(29, 1)
  int16(71, -COORDINATE_SCALE)
  int16(89, 1)
  int16(115, survey.samples)
  int16(117, survey.sampleInterval)
  int32(181, x!)
  int32(185, y!)
  int32(189, survey.firstInline + inline)
  int32(193, survey.firstCrossline + crossline)
}

/** IBM System/360 single precision: sign, excess-64 exponent of 16, 24-bit fraction. */
export function ibmFloatBits(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return 0
  const magnitude = Math.abs(value)
  let exponent = Math.floor(Math.log2(magnitude) / 4) + 1
  let fraction = Math.round((magnitude / 16 ** exponent) * 2 ** 24)
  if (fraction >= 2 ** 24) {
    exponent += 1
    fraction = Math.round(fraction / 16)
  }
  return ((value < 0 ? 0x80000000 : 0) | ((exponent + 64) << 24) | fraction) >>> 0
}

/** Writes the survey as SEG-Y revision 1, inline by inline. */
export async function writeSegy(
  path: string,
  survey: SyntheticSurvey,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  await using file = await open(path, 'w')
  await file.write(Buffer.concat([textHeader(survey, seed), binaryHeader(survey)]))
  const traceBytes = TRACE_HEADER_BYTES + 4 * survey.samples
  const line = Buffer.alloc(traceBytes * survey.crosslines)
  let trace = 0
  for (const samples of syntheticTraces(survey, seed)) {
    const start = (trace % survey.crosslines) * traceBytes
    writeTraceHeader(line.subarray(start, start + TRACE_HEADER_BYTES), survey, trace)
    for (let index = 0; index < samples.length; index++) {
      const at = start + TRACE_HEADER_BYTES + 4 * index
      if (survey.format === 1) line.writeUInt32BE(ibmFloatBits(samples[index]!), at)
      else line.writeFloatBE(samples[index]!, at)
    }
    trace += 1
    if (trace % survey.crosslines === 0) {
      signal?.throwIfAborted()
      await file.write(line)
    }
  }
}
