import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { hdf5Format } from '../../../connectors/formats/hdf5/index.ts'
import { bytesReader, countingReader, headerOf, paths } from './fixtures.ts'

const varieties = readFileSync(fileURLToPath(new URL('./varieties.h5', import.meta.url)))
const never = () => countingReader(varieties.length, () => new Promise(() => {}))

/** A format of its own, with one worker unless said otherwise. */
function pool(options: Parameters<typeof hdf5Format>[0] = { workers: 1 }) {
  const format = hdf5Format(options)
  return { format, [Symbol.asyncDispose]: async () => format[Symbol.asyncDispose]?.() }
}

describe('the pool', () => {
  test('an aborted query rejects with its reason, at work and while it waits', async () => {
    await using own = pool()
    const controller = new AbortController()
    const reader = never()
    const asked = { signal: controller.signal }
    const working = headerOf(own.format, reader, asked)
    const waiting = headerOf(own.format, bytesReader(varieties), asked)
    const other = headerOf(own.format, bytesReader(varieties))
    while (reader.requests === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(working).rejects.toBe(reason)
    await expect(waiting).rejects.toBe(reason)
    expect(paths(await other)).toHaveLength(15)
    await expect(headerOf(own.format, never(), asked)).rejects.toBe(reason)
  })

  test('the signal of a read ends with the query', async () => {
    await using own = pool()
    const controller = new AbortController()
    let given: AbortSignal | undefined
    const reader = countingReader(varieties.length, (_offset, _length, signal) => {
      given = signal
      return new Promise(() => {})
    })
    const working = headerOf(own.format, reader, { signal: controller.signal })
    while (given === undefined) await new Promise((resolve) => setTimeout(resolve, 5))
    controller.abort()
    await expect(working).rejects.toThrow()
    expect(given.aborted).toBe(true)
  })

  test('a store that fails: its own error, and the next object is read', async () => {
    await using own = pool()
    const lost = new Error('connection lost')
    await expect(
      headerOf(
        own.format,
        countingReader(1000, () => Promise.reject(lost)),
      ),
    ).rejects.toBe(lost)
    expect(paths(await headerOf(own.format, bytesReader(varieties)))).toHaveLength(15)
  })

  test('a store that never answers: the limit of time', async () => {
    await using own = pool({ workers: 1, limits: { milliseconds: 50 } })
    await expect(headerOf(own.format, never())).rejects.toMatchObject({ code: 'store-timeout' })
  })

  test('queries take turns', async () => {
    await using own = pool()
    const order: string[] = []
    const ask = (name: string, signal: AbortSignal) =>
      headerOf(own.format, bytesReader(varieties), { signal }).then(() => order.push(name))
    const [large, small] = [new AbortController().signal, new AbortController().signal]
    await Promise.all([...Array.from({ length: 6 }, () => ask('large', large)), ask('small', small)])
    expect(order.indexOf('small')).toBeLessThanOrEqual(2)
  })

  test('many at once', async () => {
    await using own = pool({ workers: 2 })
    const all = await Promise.all(Array.from({ length: 40 }, () => headerOf(own.format, bytesReader(varieties))))
    expect(new Set(all.map((quads) => quads.length)).size).toBe(1)
  })

  test('an idle worker does not keep the process alive', async () => {
    const ports = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length
    await using own = pool()
    const before = ports()
    const working = headerOf(own.format, bytesReader(varieties))
    expect(ports()).toBeGreaterThan(before)
    await working
    expect(ports()).toBe(before)
  })

  test('disposal rejects what is under way', async () => {
    const own = pool()
    const working = headerOf(own.format, never()).catch((error: unknown) => error)
    const waiting = headerOf(own.format, never()).catch((error: unknown) => error)
    await own[Symbol.asyncDispose]()
    expect(await working).toMatchObject({ code: 'cancelled' })
    expect(await waiting).toMatchObject({ code: 'cancelled' })
    await expect(headerOf(own.format, never())).rejects.toMatchObject({ code: 'cancelled' })
  })
})
