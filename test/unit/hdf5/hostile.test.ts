import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { hdf5Format } from '../../../connectors/formats/hdf5/index.ts'
import type { RangedReader } from '../../../connectors/formats/ranged-reader.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { bytesReader, countingReader, headerOf, paths } from './fixtures.ts'

const varieties = readFileSync(fileURLToPath(new URL('./varieties.h5', import.meta.url)))
const format = hdf5Format({ limits: { milliseconds: 20_000 } })
afterAll(() => format[Symbol.asyncDispose]?.())

/** The number of nodes, or the code of the error; any other error is a failure of the test. */
const outcome = async (reader: RangedReader): Promise<number | string> => {
  try {
    return paths(await headerOf(format, reader)).length
  } catch (error) {
    if (error instanceof PolyprovError) return error.code
    throw error
  }
}

describe('what is no HDF5', () => {
  test.each([
    ['nothing', new Uint8Array(0)],
    ['text', Buffer.from('not HDF5 at all')],
    ['a signature alone', varieties.subarray(512, 520)],
    ['zeros', new Uint8Array(200_000)],
    ['the first half', varieties.subarray(0, varieties.length / 2)],
    ['all but the last byte', varieties.subarray(0, -1)],
  ])('%s', async (_name, bytes) => {
    await expect(headerOf(format, bytesReader(bytes))).rejects.toMatchObject({
      code: 'malformed-object',
      message: expect.stringContaining('not a readable HDF5 file: '),
    })
  })

  test('recognised by its signature, also behind a user block, or else by its name', () => {
    expect(format.recognises('x', varieties)).toBe(true)
    expect(format.recognises('x', varieties.subarray(512))).toBe(true)
    expect(format.recognises('x.nc', Buffer.from('CDF\x01'))).toBe(false)
    expect(format.recognises('x.bin', varieties.subarray(0, 512))).toBe(false)
    expect(format.recognises('x.H5', new Uint8Array(0))).toBe(true)
  })

  test('a store that claims more than it has', async () => {
    const short = countingReader(2 ** 40, async () => new Uint8Array(0))
    expect(await outcome(short)).toBe('malformed-object')
    const endless = countingReader(2 ** 50, async (_offset, length) => new Uint8Array(length))
    expect(await outcome(endless)).toBe('malformed-object')
    expect(endless.requests).toBeLessThan(100)
  })

  test('the pool recovers', async () => {
    expect(await outcome(bytesReader(varieties))).toBe(15)
  })
})

describe('broken files', () => {
  const mutated = fc
    .array(fc.record({ at: fc.nat(varieties.length - 1), byte: fc.nat(255) }), { minLength: 1, maxLength: 12 })
    .map((changes) => {
      const bytes = Uint8Array.from(varieties)
      for (const { at, byte } of changes) bytes[at] = byte
      return bytes
    })

  test('bytes changed at random: an answer or an error, and the process lives', async () => {
    await fc.assert(
      fc.asyncProperty(mutated, async (bytes) => {
        const result = await outcome(bytesReader(bytes))
        expect(typeof result === 'number' || ['malformed-object', 'too-large', 'store-timeout'].includes(result)).toBe(
          true,
        )
      }),
      { numRuns: 40, interruptAfterTimeLimit: 30_000 },
    )
  })

  test('cut off anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(varieties.length - 1), async (length) => {
        expect(await outcome(bytesReader(varieties.subarray(0, length)))).toBe('malformed-object')
      }),
      { numRuns: 8, interruptAfterTimeLimit: 20_000 },
    )
  })

  test('random bytes behind a signature', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (tail) => {
        const result = await outcome(bytesReader(Buffer.concat([varieties.subarray(512, 521), tail])))
        expect(result).toBe('malformed-object')
      }),
      { numRuns: 8, interruptAfterTimeLimit: 20_000 },
    )
  })
})
