import { describe, expect, it } from 'vitest'
import { openColumnar } from '../../connectors/columnar/index.ts'
import { batchWith } from '../../connectors/conformance/answers.ts'
import { type ConformanceSubject, capabilityChecks, conformanceChecks } from '../../connectors/conformance.ts'
import type { Batch, Bindings, Connector } from '../../connectors/connector.ts'
import memory from '../../connectors/memory/index.ts'
import type { Pattern, Plan } from '../../planner/algebra.ts'
import { variablesOf } from '../../planner/variables.ts'
import { engine } from './capabilities.ts'
import { BASE, QUADS, TRIG } from './data.ts'

const sound = (): Connector => memory({ id: 'memory', type: 'memory', data: TRIG }, { base: BASE })

const columnar = async (): Promise<Connector> => {
  const connector = await openColumnar({ id: 'columnar', type: 'columnar' }, { base: BASE, folder: '.' })
  await connector.write({ add: QUADS })
  return connector
}

const altered = (connector: Connector, members: Partial<Connector>): Connector =>
  Object.create(
    connector,
    Object.fromEntries(Object.entries(members).map(([name, value]) => [name, { value }])),
  ) as Connector

/** Names of the checks that a connector fails. */
async function failures(open: () => Promise<Connector>, more: Partial<ConformanceSubject> = {}) {
  const failed: string[] = []
  for (const { name, run } of conformanceChecks({ quads: QUADS, open, ...more })) {
    await run().catch(() => failed.push(name))
  }
  return failed
}

/** The pattern beneath conditions and projections. */
function patternIn(plan: Plan): Pattern | undefined {
  if (plan.kind === 'pattern') return plan
  return plan.kind === 'filter' || plan.kind === 'project' ? patternIn(plan.input) : undefined
}

/** A store that takes patterns with conditions, and keeps none of them. */
const unfiltered = (): Connector => {
  const inner = sound()
  return altered(inner, {
    accepts: () => 'exact',
    push(plan) {
      const pattern = patternIn(plan)
      return pattern && { native: { language: 'test', text: 'all of it', query: pattern } }
    },
    async *execute({ query }, request) {
      const pattern = query as Pattern
      for await (const rows of inner.scan({ ...request, pattern })) {
        yield batchWith(variablesOf(pattern), rows as readonly Bindings[], request.dictionary)
      }
    },
  })
}

describe('the kit finds', () => {
  it('nothing in a sound connector', async () => {
    expect(await failures(async () => sound())).toEqual([])
  })

  it('wrong counts', async () => {
    const description = { predicates: [{ iri: 'http://x/p', count: 1 }] }
    const connector = () => altered(sound(), { description, describe: async () => description })
    expect(await failures(async () => connector())).toEqual([
      'describes every predicate that it answers, with true counts',
    ])
  })

  it('lost rows', async () => {
    const connector = (): Connector => {
      const inner = sound()
      return altered(inner, {
        async *scan(request) {
          for await (const rows of inner.scan(request)) yield (rows as readonly never[]).slice(1)
        },
      })
    }
    expect(await failures(async () => connector())).toContain('answers patterns with constants in each position')
  })

  it('batches whose columns are too short', async () => {
    const connector = async (): Promise<Connector> => {
      const inner = await columnar()
      return altered(inner, {
        async *scan(request) {
          for await (const rows of inner.scan(request))
            yield { ...(rows as Batch), length: (rows as Batch).length + 4096 }
        },
      })
    }
    expect(await failures(connector)).toContain('answers patterns with constants in each position')
  })

  it('bindings taken for more than a hint', async () => {
    const connector = (): Connector => {
      const inner = sound()
      return altered(inner, {
        async *scan(request) {
          if (request.bindings === undefined) yield* inner.scan(request)
        },
      })
    }
    expect(await failures(async () => connector())).toEqual([
      'takes bindings as a hint: no row that is compatible with one of them is missing',
    ])
  })

  it('conditions that are accepted and not kept', async () => {
    const connector = async (): Promise<Connector> => {
      const inner = await columnar()
      return altered(inner, {
        push: (plan) => inner.push!(plan.kind === 'filter' ? plan.input : plan),
      })
    }
    expect(await failures(connector)).toEqual(['keeps of the conditions what it says that it keeps'])
  })

  it('a scan that waits for ever', async () => {
    const stalled = async (): Promise<Connector> =>
      altered(sound(), {
        scan: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }),
      })
    expect(await failures(async () => sound(), { stalled })).toEqual([
      'leaves a store that never answers when it is cancelled: a scan',
    ])
  })

  it('queries that go on when they were cancelled', async () => {
    const connector = (): Connector => {
      const inner = sound()
      return altered(inner, { scan: (request) => inner.scan({ ...request, signal: new AbortController().signal }) })
    }
    expect(await failures(async () => connector())).toEqual(['answers nothing to a query that is cancelled already'])
  })

  it('rejections that nobody handles', async () => {
    const connector = (): Connector => {
      const inner = sound()
      return altered(inner, {
        scan(request) {
          void Promise.reject(new Error('left behind'))
          return inner.scan(request)
        },
      })
    }
    // The test runner would take such a rejection for a failure of the test.
    const listeners = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    try {
      expect(await failures(async () => connector())).toContain('answers patterns that repeat a variable')
    } finally {
      for (const listener of listeners) process.on('unhandledRejection', listener)
    }
  })

  describe('in one subset of the capabilities only', () => {
    const check = (connector: () => Promise<Connector>) =>
      capabilityChecks({ quads: QUADS, open: connector }, engine)[0]!.run()

    it('nothing in a connector that is sound', () => check(columnar))

    it('conditions that are accepted and not kept', async () => {
      await expect(check(async () => unfiltered())).rejects.toThrow(/too much/)
    })

    it('patterns that only scans answer wrongly', async () => {
      const connector = async (): Promise<Connector> => {
        const inner = await columnar()
        return altered(inner, {
          async *scan(request) {
            for await (const rows of inner.scan(request)) yield { ...(rows as Batch), length: 0 }
          },
        })
      }
      await expect(check(connector)).rejects.toThrow(/without native .*missing/)
    })

    it('joins that are wrong without keys', async () => {
      const connector = async (): Promise<Connector> => {
        const inner = await columnar()
        return altered(inner, {
          async *execute(native, request) {
            if (request.bindings === undefined && native.text.includes('http://x/size')) return
            yield* inner.execute!(native, request)
          },
        })
      }
      await expect(check(connector)).rejects.toThrow(/missing/)
    })
  })
})
