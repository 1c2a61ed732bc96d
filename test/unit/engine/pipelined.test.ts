import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { pipelined } from '../../../src/engine/pipelined.ts'

async function* numbers(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) yield i
}

describe('pipelined', () => {
  test('gives results in order, and never works on more than it may', async () => {
    let working = 0
    let most = 0
    const results: number[] = []
    const work = async (number: number) => {
      working++
      most = Math.max(most, working)
      for (let turn = 0; turn < (number * 7) % 5; turn++) await setImmediate()
      working--
      return number * 2
    }
    for await (const result of pipelined(numbers(20), 3, work)) results.push(result)
    expect(results).toEqual(Array.from({ length: 20 }, (_, i) => i * 2))
    expect(most).toBe(3)
  })

  test('hands on a result while the next element is still awaited', async () => {
    let release = () => {}
    async function* slow(): AsyncGenerator<number> {
      yield 1
      await new Promise<void>((resolve) => {
        release = resolve
      })
      yield 2
    }
    const iterator = pipelined(slow(), 4, async (number) => number)
    expect(await iterator.next()).toEqual({ value: 1, done: false })
    release()
    expect(await iterator.next()).toEqual({ value: 2, done: false })
    expect((await iterator.next()).done).toBe(true)
  })

  test('an error comes in its turn and ends the stream', async () => {
    const results: number[] = []
    const run = async () => {
      const failing = async (number: number) => {
        if (number === 2) throw new Error('two')
        return number
      }
      for await (const result of pipelined(numbers(5), 2, failing)) results.push(result)
    }
    await expect(run()).rejects.toThrow('two')
    expect(results).toEqual([0, 1])
  })
})
