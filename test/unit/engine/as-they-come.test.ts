import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { asTheyCome } from '../../../src/engine/as-they-come.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

async function* counting(name: string, count: number): AsyncGenerator<{ readonly name: string }> {
  for (let i = 0; i < count; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    yield { name }
  }
}

async function* never(): AsyncGenerator<never> {
  await new Promise(() => {})
}

describe('streams as they come', () => {
  it('give all their elements, none of them passed over, and others start where they end', async () => {
    const names: string[] = []
    const waiting = [() => counting('c', 2)]
    for await (const { name } of asTheyCome([counting('a', 3), counting('b', 3)], waiting)) names.push(name)
    expect(names.slice(0, 6)).toEqual(['a', 'b', 'a', 'b', 'a', 'b'])
    expect(names.slice(6)).toEqual(['c', 'c'])
  })

  it('tell an error when its turn comes', async () => {
    async function* failing(): AsyncGenerator<never> {
      yield* []
      throw new Error('lost')
    }
    const names: string[] = []
    const reading = async () => {
      for await (const { name } of asTheyCome([counting('a', 2), failing()], [])) names.push(name)
    }
    await expect(reading()).rejects.toThrow('lost')
  })

  it('keep no element while one of them is waited for', async () => {
    const elements: WeakRef<object>[] = []
    for await (const element of asTheyCome<object>([never(), counting('a', 300)], [])) {
      elements.push(new WeakRef(element))
      if (elements.length === 300) break
    }
    await new Promise((resolve) => setImmediate(resolve))
    collect()
    expect(elements.filter((each) => each.deref() !== undefined).length).toBeLessThan(20)
  })
})
