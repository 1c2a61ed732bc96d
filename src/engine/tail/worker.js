import { parentPort } from 'node:worker_threads'
import { QueryEngine } from '@comunica/query-sparql'
import { revive, SOURCE, storedLabel, termOf } from './revive.js'
import { serviceFetch } from './service-fetch.js'
import { textOf } from './terms.js'
import { virtualSource } from './virtual-source.js'

/** @import { Asked, FromWorker, QueryMessage, ToWorker } from './protocol.ts' */

const engine = new QueryEngine()

/** Rows of a block of solutions, and how long its first row waits for others, in milliseconds. */
const BLOCK_ROWS = 1024
const BLOCK_MILLISECONDS = 20

/** @param {FromWorker} message */
const post = (message) => parentPort?.postMessage(message)

/**
 * Requests to the main thread, each with a number that its answers carry.
 *
 * @typedef {ReturnType<typeof createChannel>} Channel
 */
function createChannel() {
  let last = 0
  /** @type {Map<number, (answer: any) => void>} */
  const waiting = new Map()
  /** @param {number} request @returns {Promise<any>} */
  const answered = (request) => new Promise((resolve) => waiting.set(request, resolve))
  return {
    open: () => ++last,
    /** @param {number} request @param {Asked} [pattern] @returns {Promise<{ terms: readonly string[], done: boolean }>} */
    pull(request, pattern) {
      post({ kind: 'pull', request, ...(pattern === undefined ? {} : { pattern }) })
      return answered(request)
    },
    /** @param {number} request */
    close(request) {
      waiting.delete(request)
      post({ kind: 'close', request })
    },
    /** @param {'estimate' | 'call'} kind @param {any} question @returns {Promise<any>} */
    ask(kind, question) {
      const request = ++last
      post({ kind, request, ...question })
      return answered(request)
    },
    /** @param {Extract<ToWorker, { request: number }>} answer */
    settle(answer) {
      waiting.get(answer.request)?.(answer)
      waiting.delete(answer.request)
    },
  }
}

/** One query, from its first block to its last. @param {QueryMessage} message @param {Channel} channel */
function createRun(message, channel) {
  const { functions, scope, variables } = message
  const source = virtualSource(channel, termOf)
  const { endpoints, silent } = servicesOf(message.operation)
  /** Endpoints that failed under SILENT: each stands for one empty solution. @type {Map<string, string>} */
  const given = new Map()

  /** @param {string} name */
  const extension = (name) => {
    if (!functions.includes(name)) return undefined
    return async (/** @type {any[]} */ terms) => {
      const { term } = await channel.ask('call', { function: name, arguments: terms.map(written) })
      if (term === undefined) throw new Error(`${name} has no value`)
      return termOf(term)
    }
  }
  /** @param {any} term */
  const written = (term) => {
    if (term.termType !== 'BlankNode') return textOf(term)
    return `_${storedLabel(term) ?? `${scope}${term.value}`}`
  }
  /** Comunica is not told of SILENT: it hears of a failure that comes late no more. @param {any} operation */
  const withoutFailed = (operation) => {
    if (operation.type !== 'service' || !operation.silent) return operation
    return given.has(operation.name.value)
      ? { type: 'values', variables: [], bindings: [{}] }
      : { ...operation, silent: false }
  }

  /** @param {typeof fetch} fetchService */
  const begin = (fetchService) =>
    engine.queryBindings(revive(message.operation, withoutFailed), {
      sources: [/** @type {any} */ (source)],
      '@comunica/bus-query-source-identify:sourceIds': new Map([[source, SOURCE]]),
      fetch: fetchService,
      queryTimestamp: new Date(message.now),
      extensionFunctionCreator: (/** @type {any} */ name) => extension(name.value),
      ...(message.base === undefined ? {} : { baseIRI: message.base }),
    })

  /** @param {any} bindings */
  const rowOf = (bindings) =>
    variables.map((name) => {
      const term = bindings.get(name)
      return term === undefined ? undefined : written(term)
    })

  /** Ends the attempt under way. @type {(error: unknown) => void} */
  let breakOff = () => {}
  /** Failures of the endpoints in the attempt under way. @type {unknown} */
  let current

  /**
   * Rows block by block. What Comunica rejects without anybody who hears it fails them too.
   */
  async function* blocks() {
    const service = serviceFetch(endpoints)
    /** @type {Promise<never>} */
    const broken = new Promise((_, reject) => {
      breakOff = reject
    })
    broken.catch(() => {})
    current = service.failures
    /** @type {AsyncIterator<any> | undefined} */
    let solutions
    try {
      const stream = await Promise.race([begin(service.fetch), broken])
      solutions = /** @type {AsyncIterable<any>} */ (stream)[Symbol.asyncIterator]()
      /** @type {(string | undefined)[][]} */
      let rows = []
      let first = 0
      for (;;) {
        const { value, done } = await Promise.race([solutions.next(), broken])
        if (done) break
        if (rows.length === 0) first = performance.now()
        rows.push(rowOf(value))
        if (rows.length < BLOCK_ROWS && performance.now() - first < BLOCK_MILLISECONDS) continue
        yield rows
        rows = []
      }
      yield rows
    } catch (error) {
      const [endpoint] = service.failures.keys()
      throw Object.assign(new Error(messageOf(error), { cause: error }), { endpoint, failures: service.failures })
    }
  }

  /**
   * With SERVICE SILENT the rows are kept until the last: an endpoint that fails halfway is to have failed from the
   * beginning (SPARQL 1.1 Federated Query, section 2.3).
   *
   * @returns {AsyncGenerator<(string | undefined)[][]>}
   */
  async function* silentBlocks() {
    for (;;) {
      try {
        const kept = []
        for await (const rows of blocks()) kept.push(rows)
        yield* kept
        return
      } catch (error) {
        const { failures } = /** @type {{ failures: Map<string, string> }} */ (error)
        const blamed = [...failures.keys()].filter((each) => silent.has(each))
        const left = [...silent].filter((each) => !given.has(each))
        const fresh = (failures.size > 0 ? blamed : left).filter((each) => !given.has(each))
        if (fresh.length === 0) throw error
        for (const endpoint of fresh) given.set(endpoint, failures.get(endpoint) ?? messageOf(error))
      }
    }
  }

  const iterator = silent.size > 0 ? silentBlocks() : blocks()
  return {
    /** @param {unknown} error */
    fail(error) {
      const { failures } = /** @type {{ failures?: unknown }} */ (error ?? {})
      // What an earlier attempt has failed by may be heard of late.
      if (failures === undefined || failures === current) breakOff(error)
    },
    async next() {
      try {
        const { value, done } = await iterator.next()
        const warnings = [...given].map(([endpoint, why]) => `SERVICE SILENT <${endpoint}> failed: ${why}`)
        post({ kind: 'solutions', rows: value ?? [], done: done === true, warnings })
      } catch (error) {
        const { endpoint } = /** @type {{ endpoint?: string }} */ (error)
        post({ kind: 'failed', message: messageOf(error), ...(endpoint === undefined ? {} : { endpoint }) })
      }
    },
  }
}

/** The endpoints of an operation, and those that are only ever asked under SILENT. @param {any} operation */
function servicesOf(operation) {
  /** @type {Set<string>} */
  const loud = new Set()
  /** @type {Set<string>} */
  const silent = new Set()
  revive(operation, (node) => {
    if (node.type === 'service') (node.silent ? silent : loud).add(node.name.value)
    return node
  })
  return { endpoints: [...loud, ...silent], silent: new Set([...silent].filter((each) => !loud.has(each))) }
}

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : `${error}`)

// The query under way fails by them; what comes after its end belongs to nobody.
process.on('unhandledRejection', (error) => run?.fail(error))
process.on('uncaughtException', (error) => run?.fail(error))

const channel = createChannel()
/** @type {ReturnType<typeof createRun> | undefined} */
let run

/** @param {QueryMessage} message */
async function begin(message) {
  try {
    // What one query learnt of an endpoint may be wrong for the next.
    await engine.invalidateHttpCache()
    run = createRun(message, channel)
  } catch (error) {
    post({ kind: 'failed', message: messageOf(error) })
    return
  }
  await run.next()
}

parentPort?.on('message', (/** @type {ToWorker} */ message) => {
  if (message.kind === 'query') void begin(message)
  else if (message.kind === 'next') void run?.next()
  else channel.settle(message)
})
