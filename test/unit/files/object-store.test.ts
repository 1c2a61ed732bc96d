import { describe, expect, it } from 'vitest'
import { segyFormat } from '../../../connectors/formats/segy/index.ts'
import { objectConnector } from '../../../connectors/objects/object-connector.ts'
import type { ObjectInfo, ObjectStore } from '../../../connectors/objects/object-store.ts'
import { SEGY } from '../../../planner/namespaces.ts'
import { cubeReader, grid } from '../segy/synthetic.ts'
import { BASE, pattern, query, resolveAll, scanAll } from './support.ts'

const never = () => new Promise<never>(() => undefined)
const inlines = pattern('?ref', `${SEGY}inlineCount`, '?n')

const connectorOf = (store: ObjectStore) =>
  objectConnector(store, { id: 'lake', type: 'stub', base: BASE, formats: [segyFormat()] })

/** A store of one cube of 7.5 GB, under every locator. */
function cubeStore(log: { open: number; mostOpen: number }): ObjectStore {
  const cube = cubeReader({ samples: 1500, ...grid({ inlines: 1000, crosslines: 1200 }) })
  const info = (locator: string): ObjectInfo => ({ locator, size: cube.size, etag: 'e' })
  return {
    async *list() {
      for (let index = 0; index < 50; index++) yield info(`${index}.sgy`)
    },
    stat: (locator) => Promise.resolve(info(locator)),
    open({ size, etag }, { meter }) {
      log.open++
      log.mostOpen = Math.max(log.mostOpen, log.open)
      return Promise.resolve({
        size,
        etag,
        async read(offset, length) {
          await new Promise((resolve) => setImmediate(resolve))
          const bytes = await cube.read(offset, length)
          meter.request()
          meter.bytes(bytes.length)
          return bytes
        },
        [Symbol.asyncDispose]() {
          log.open--
          return Promise.resolve()
        },
      })
    },
    check: () => Promise.resolve(),
  }
}

describe('any object store', () => {
  it('gives the geometry of a 7.5 GB cube by 13 requests and 20 kB', async () => {
    const request = query()
    const [found] = await resolveAll(connectorOf(cubeStore({ open: 0, mostOpen: 0 })), ['a.sgy'], [inlines], {
      request,
    })
    expect(found!.rows[0]!['n']!.value).toBe('1000')
    expect(request.counted.requests).toBeLessThanOrEqual(13)
    expect(request.counted.bytes).toBeLessThanOrEqual(20_000)
  })

  it('reads several objects at a time, but not all, and closes each', async () => {
    const log = { open: 0, mostOpen: 0 }
    expect(await scanAll(connectorOf(cubeStore(log)), inlines)).toHaveLength(50)
    expect(log.open).toBe(0)
    expect(log.mostOpen).toBeGreaterThan(1)
    expect(log.mostOpen).toBeLessThanOrEqual(8)
  })

  it('is left behind by a cancelled query when it never answers', async () => {
    const silent: ObjectStore = {
      async *list() {
        yield await never()
      },
      stat: never,
      open: never,
      check: never,
    }
    for (const ask of [
      (request: ReturnType<typeof query>) => scanAll(connectorOf(silent), inlines, request),
      (request: ReturnType<typeof query>) => resolveAll(connectorOf(silent), ['a', 'b'], [inlines], { request }),
    ]) {
      const controller = new AbortController()
      const asking = ask(query(controller.signal))
      setImmediate(() => controller.abort(new Error('enough')))
      await expect(asking).rejects.toThrow('enough')
    }
  })
})
