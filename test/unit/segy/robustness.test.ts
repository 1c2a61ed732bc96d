import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readSegyHeader } from '../../../connectors/formats/segy/index.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { bytesReader, type CountingReader, countingReader, cubeReader, grid, type SyntheticCube } from './synthetic.ts'

/** Resolves or rejects with a clear error, after few reads. */
async function survives(reader: CountingReader): Promise<void> {
  try {
    await readSegyHeader(reader)
  } catch (error) {
    if (!(error instanceof PolyprovError)) throw error
    expect(error.code).toBe('malformed-object')
    expect(error.message).toMatch(/not a readable SEG-Y file: ./)
  }
  expect(reader.asked.reads).toBeLessThanOrEqual(700)
  expect(reader.asked.bytes).toBeLessThanOrEqual(8e6)
}

const small: SyntheticCube = { samples: 20, ...grid({ inlines: 6, crosslines: 5, fold: 2 }) }

async function allBytes(reader: CountingReader): Promise<Uint8Array> {
  return (await reader.read(0, reader.size)).slice()
}

const rejects = (cube: Partial<SyntheticCube>, message: RegExp) =>
  expect(readSegyHeader(cubeReader({ ...small, ...cube }))).rejects.toMatchObject({
    code: 'malformed-object',
    message: expect.stringMatching(message),
  })

describe('hostile files', () => {
  it('random bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 12_000 }), async (bytes) => survives(bytesReader(bytes))),
      { numRuns: 150 },
    )
  })

  it('random bytes after a valid format code, of any claimed size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.maxSafeNat(), fc.constantFrom(1, 3, 5, 8), async (seed, size, format) => {
        const reader = countingReader(size, (offset, length) => {
          const bytes = Uint8Array.from(
            { length },
            (_, index) => Math.imul(offset + index + seed, 2_654_435_761) >>> 24,
          )
          for (let index = 0; index < length; index++) {
            const at = offset + index
            if (at >= 3296 && at < 3300) bytes[index] = 0
            if (at === 3224) bytes[index] = 0
            if (at === 3225) bytes[index] = format
          }
          return bytes
        })
        await survives(reader)
      }),
      { numRuns: 150 },
    )
  })

  it('mutated headers', async () => {
    const original = await allBytes(cubeReader(small))
    const change = fc.record({ at: fc.nat({ max: 8000 }), value: fc.nat({ max: 255 }) })
    const important = fc.record({
      at: fc.integer({ min: 3200, max: 3599 }),
      value: fc.constantFrom(0, 1, 127, 128, 255),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(change, important), { minLength: 1, maxLength: 12 }), async (changes) => {
        const bytes = original.slice()
        for (const { at, value } of changes) bytes[at] = value
        await survives(bytesReader(bytes))
      }),
      { numRuns: 300 },
    )
  })

  it('every truncation of a file is an error, except at the end of a line', async () => {
    const original = await allBytes(cubeReader(small))
    for (let length = 0; length < original.length; length += 67) {
      const whole = (length - 3600) % 320 === 0 && length > 3600
      const reading = readSegyHeader(bytesReader(original.slice(0, length)))
      if (!whole) await expect(reading, String(length)).rejects.toMatchObject({ code: 'malformed-object' })
    }
  })

  it('an object shorter than it claims to be', async () => {
    const original = await allBytes(cubeReader(small))
    const reading = readSegyHeader(bytesReader(original.slice(0, 9000), original.length))
    await expect(reading).rejects.toMatchObject({
      code: 'malformed-object',
      message: expect.stringMatching(/truncated/),
    })
  })

  it.each<[string, Partial<SyntheticCube>, RegExp]>([
    ['pairwise-swapped bytes', { binary: [[3297, 32, 0x02010403]] }, /swapped in pairs/],
    ['no sample format', { binary: [[3225, 16, 99]] }, /format code at byte 3225 is 99/],
    ['no samples', { binary: [[3221, 16, 0]], header: [[115, 16, 0]] }, /sample count/],
    ['32767 extended headers', { binary: [[3505, 16, 32_767]] }, /32767 extended text headers/],
    ['a negative number of extended headers', { binary: [[3505, 16, -7]] }, /is -7/],
    [
      'endless stanzas',
      { binary: [[3505, 16, -1]], extended: ['((a: b))', '((c: d))'] },
      /no \(\(SEG: EndText\)\) stanza/,
    ],
    [
      'a first trace within the headers',
      {
        binary: [
          [3501, 8, 2],
          [3521, 64, 17],
        ],
      },
      /first trace is said to be at byte 17/,
    ],
    [
      'a first trace beyond the end',
      {
        binary: [
          [3501, 8, 2],
          [3521, 64, 2 ** 53],
        ],
      },
      /before the header of a first trace/,
    ],
    [
      'fewer traces than announced',
      {
        binary: [
          [3501, 8, 2],
          [3513, 64, 1_000_000_007],
        ],
      },
      /announces 1000000007 traces .* and holds 60/,
    ],
    [
      'a field outside of the trace header',
      { extended: ['((SEG:Layout:text/xml))<entry name="iline" byte="4000" type="int4"/>'] },
      /puts iline at byte 4000/,
    ],
  ])('%s', (_, cube, message) => rejects(cube, message))

  it('many extended headers of a large file are not read whole', async () => {
    const head = await allBytes(cubeReader({ ...small, binary: [[3505, 16, 32_767]] }))
    const reader = countingReader(2 ** 45, (offset, length) => {
      const bytes = new Uint8Array(length)
      bytes.set(head.subarray(Math.min(offset, head.length), Math.min(offset + length, head.length)))
      return bytes
    })
    await survives(reader)
    expect(reader.asked.bytes).toBeLessThan(400_000)
  })

  it('a cancelled scan ends', async () => {
    const controller = new AbortController()
    const reader = cubeReader({ samples: 100_00, ...grid({ inlines: 1000, crosslines: 1200 }) })
    const reading = readSegyHeader(reader, {
      full: true,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    })
    await expect(reading).rejects.toThrow('enough')
    expect(reader.asked.reads).toBeLessThan(60)
  })
})
