import { Writable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { writeText } from '../../../src/results/write.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const slow = (read: (text: string) => void) =>
  new Writable({
    highWaterMark: 1,
    write(chunk, _encoding, done) {
      read(String(chunk))
      setImmediate(done)
    },
  })

describe('text to a stream', () => {
  it('is written in order, at the pace of its reader', async () => {
    const read: string[] = []
    async function* text() {
      for (let i = 0; i < 100; i++) yield `${i};`
    }
    expect(
      await writeText(
        text(),
        slow((each) => read.push(each)),
        new AbortController().signal,
      ),
    ).toBe(290)
    expect(read.join('')).toBe(Array.from({ length: 100 }, (_, i) => `${i};`).join(''))
  })

  it('leaves nothing behind of what was written', async () => {
    const results: WeakRef<object>[] = []
    let kept = Number.POSITIVE_INFINITY
    const text = {
      async next() {
        const result = { done: results.length === 500, value: 'chunk' }
        results.push(new WeakRef(result))
        return result
      },
      async return() {
        // Before the call is over, which would let go of all that it held.
        await new Promise((resolve) => setImmediate(resolve))
        return { done: true, value: undefined }
      },
    }
    const stream = slow(() => {})
    const { signal } = new AbortController()
    await writeText(text as unknown as AsyncGenerator<string>, stream, signal, () => {
      if (results.length !== 400) return
      collect()
      kept = results.filter((each) => each.deref() !== undefined).length
    })
    // References made or looked at in this turn are good until it ends.
    expect(kept).toBeLessThan(20)
  })

  it('ends with the reason of its signal, whatever it waits for', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    async function* text() {
      yield 'one'
      controller.abort(reason)
      await new Promise(() => {})
    }
    const writing = writeText(
      text(),
      slow(() => {}),
      controller.signal,
    )
    await expect(writing).rejects.toBe(reason)
    await expect(
      writeText(
        text(),
        slow(() => {}),
        controller.signal,
      ),
    ).rejects.toBe(reason)
  })
})
