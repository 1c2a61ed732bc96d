import { createRandom, type Random } from './random.ts'

/** A fault: left of its plane the layers lie as they were, right of it they are thrown down. */
export interface Fault {
  /** Crossline that the plane cuts on the first inline, at the first sample. */
  readonly crossline: number
  /** Crosslines that it moves from one inline to the next, and from one sample to the next. */
  readonly perInline: number
  readonly perSample: number
  /** Samples that the layers are thrown by. */
  readonly throw: number
}

/** What a synthetic survey is made from. */
export interface SyntheticSurvey {
  readonly name: string
  readonly title: string
  readonly basin: string
  readonly field: string
  readonly firstInline: number
  readonly inlines: number
  readonly firstCrossline: number
  readonly crosslines: number
  readonly samples: number
  /** Microseconds. */
  readonly sampleInterval: number
  /** Metres between lines. */
  readonly binSize: number
  /** Where the first bin is: UTM zone, north or south, metres; degrees that inlines are turned from north. */
  readonly origin: {
    readonly zone: number
    readonly south: boolean
    readonly easting: number
    readonly northing: number
    readonly azimuth: number
  }
  /** SEG-Y sample format: 1 is IBM, 5 is IEEE floating point. */
  readonly format: 1 | 5
  readonly text: 'EBCDIC' | 'ASCII'
  readonly noise: number
  readonly faults: readonly Fault[]
}

export const SYNTHETIC_SURVEYS: readonly SyntheticSurvey[] = [
  {
    name: 'netherlands',
    title: 'Netherlands offshore',
    basin: 'North Sea Basin',
    field: 'F3 block',
    firstInline: 100,
    inlines: 48,
    firstCrossline: 300,
    crosslines: 56,
    samples: 112,
    sampleInterval: 4000,
    binSize: 25,
    origin: { zone: 31, south: false, easting: 605_800, northing: 6_073_550, azimuth: 2 },
    format: 1,
    text: 'EBCDIC',
    noise: 0.12,
    faults: [
      { crossline: 312, perInline: 0.22, perSample: 0.12, throw: 7 },
      { crossline: 336, perInline: -0.15, perSample: -0.08, throw: -5 },
    ],
  },
  {
    name: 'parihaka',
    title: 'Parihaka',
    basin: 'Taranaki Basin',
    field: 'Parihaka',
    firstInline: 1700,
    inlines: 40,
    firstCrossline: 4200,
    crosslines: 48,
    samples: 96,
    sampleInterval: 3000,
    binSize: 12.5,
    origin: { zone: 60, south: true, easting: 288_400, northing: 5_630_100, azimuth: 31 },
    format: 5,
    text: 'ASCII',
    noise: 0.2,
    faults: [{ crossline: 4218, perInline: 0.3, perSample: 0.15, throw: 9 }],
  },
  {
    name: 'santos',
    title: 'Santos pre-salt',
    basin: 'Santos Basin',
    field: 'Tupi',
    firstInline: 2000,
    inlines: 40,
    firstCrossline: 900,
    crosslines: 48,
    samples: 104,
    sampleInterval: 5000,
    binSize: 25,
    origin: { zone: 23, south: true, easting: 712_300, northing: 7_201_800, azimuth: -14 },
    format: 5,
    text: 'EBCDIC',
    noise: 0.16,
    faults: [
      { crossline: 914, perInline: 0.1, perSample: 0.2, throw: 6 },
      { crossline: 930, perInline: 0.25, perSample: -0.1, throw: 8 },
    ],
  },
]

/** Crossline at which a fault cuts an inline (counted from the first) at a sample. */
export const faultCrossline = (fault: Fault, inlineIndex: number, sample: number): number =>
  fault.crossline + fault.perInline * inlineIndex + fault.perSample * sample

/** Samples of the layer model per sample of a trace: layers are shifted by fractions of a sample. */
const OVERSAMPLING = 4
/** Room above and below for layers that dip or are thrown. */
const MARGIN = 40

/** Reflectivity of random layers, blurred by a Ricker wavelet of the given length in samples. */
function layeredTrace(samples: number, random: Random): Float32Array {
  const length = (samples + 2 * MARGIN) * OVERSAMPLING
  const reflectivity = new Float32Array(length)
  for (let depth = 0; depth < length; depth += OVERSAMPLING * (2 + random.below(5))) {
    reflectivity[depth] = random.normal()
  }
  const trace = new Float32Array(length)
  const half = 6 * OVERSAMPLING
  const wavelet = Float32Array.from({ length: 2 * half + 1 }, (_, index) => {
    const phase = ((index - half) / (2 * OVERSAMPLING)) ** 2
    return (1 - 2 * phase) * Math.exp(-phase)
  })
  for (let depth = 0; depth < length; depth++) {
    const strength = reflectivity[depth]!
    if (strength === 0) continue
    for (let index = 0; index < wavelet.length; index++) {
      const at = depth + index - half
      if (at >= 0 && at < length) trace[at]! += strength * wavelet[index]!
    }
  }
  return trace
}

/** The traces of a synthetic cube, inline by inline: folded layers, faults, noise. */
export function* syntheticTraces(survey: SyntheticSurvey, seed: number): Generator<Float32Array> {
  const random = createRandom(seed)
  const layers = layeredTrace(survey.samples, random)
  const dip = [random.uniform() * 0.2 - 0.1, random.uniform() * 0.3 - 0.15] as const
  const wave = 3 + 4 * random.uniform()
  for (let inline = 0; inline < survey.inlines; inline++) {
    for (let crossline = 0; crossline < survey.crosslines; crossline++) {
      const fold = wave * Math.sin(inline / 17 + crossline / 13) + dip[0] * inline + dip[1] * crossline
      const trace = new Float32Array(survey.samples)
      for (let sample = 0; sample < survey.samples; sample++) {
        let depth = sample + fold
        for (const fault of survey.faults) {
          if (survey.firstCrossline + crossline > faultCrossline(fault, inline, sample)) depth += fault.throw
        }
        const at = Math.min(Math.max((depth + MARGIN) * OVERSAMPLING, 0), layers.length - 2)
        const below = Math.floor(at)
        const amplitude = layers[below]! + (at - below) * (layers[below + 1]! - layers[below]!)
        trace[sample] = 1000 * (amplitude + survey.noise * random.normal())
      }
      yield trace
    }
  }
}
