import { randomUUID } from 'node:crypto'
import type { Worker } from 'node:worker_threads'
import { batchBuilder } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { Pattern, Plan, VariableName } from '../../../planner/algebra.ts'
import { estimate } from '../../../planner/cost.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { extensionFunctions } from '../../../planner/functions/index.ts'
import type { Catalog } from '../../../planner/source.ts'
import { termFromKey } from '../../../planner/term.ts'
import { abortError, type QueryContext, throwIfAborted } from '../context.ts'
import { toComunica } from './comunica-algebra.ts'
import type { FromWorker, ToWorker } from './protocol.ts'
import { patternOf, servePatterns } from './serve-patterns.ts'
import { textOf } from './terms.js'
import type { Workers } from './workers.ts'

/** A query for the long tail. */
export interface TailQuery {
  /** The logical plan, whole. */
  readonly plan: Plan
  readonly base?: string
  /** A pattern over the graphs that the query may see, as the executor runs it. */
  planPattern(pattern: Pattern): Plan
  readonly catalog: Catalog
}

type Solutions = Extract<FromWorker, { kind: 'solutions' }>

/**
 * The solutions of a query that the executor cannot answer itself: Comunica evaluates it in a thread with a heap limit,
 * and asks this one for patterns. The thread ends with the query where that ends early: at an error, a cancellation, the
 * deadline, or a reader who has enough.
 */
export async function* runTail(query: TailQuery, context: QueryContext, workers: Workers): AsyncGenerator<Batch> {
  throwIfAborted(context.signal)
  const { operation, variables, columns } = toComunica(query.plan)
  const measured = context.trace.node(query.plan)
  const started = performance.now()
  const worker = workers.take()
  const talk = converse(worker, query, context)
  try {
    const { evaluation } = context
    talk.send({
      kind: 'query',
      operation,
      variables: columns,
      now: Date.parse(evaluation.now.value),
      functions: [...extensionFunctions.keys()],
      scope: `t${randomUUID().slice(0, 8)}`,
      ...(query.base === undefined ? {} : { base: query.base }),
    })
    for (;;) {
      const { rows, done, warnings } = await talk.solutions()
      for (const warning of warnings) {
        if (!context.trace.warnings.includes(warning)) context.trace.warnings.push(warning)
      }
      measured.rows += rows.length
      measured.milliseconds = performance.now() - started
      if (done) break
      if (rows.length > 0) yield batchOf(rows, variables, context)
      talk.send({ kind: 'next' })
    }
    talk.end()
    workers.keep(worker)
  } finally {
    if (talk.end()) await worker.terminate()
  }
}

/** The conversation with the worker that a query goes to. */
function converse(worker: Worker, query: TailQuery, context: QueryContext) {
  const patterns = servePatterns(query.planPattern, context)
  const { signal } = context
  let failure: PolyprovError | undefined
  let arrived: Solutions | undefined
  let wake = () => {}
  let ended = false

  const send = (message: ToWorker) => worker.postMessage(message)
  const fail = (error: unknown) => {
    failure ??= asPolyprovError(error)
    wake()
    if (end()) void worker.terminate()
  }
  const onAbort = () => fail(abortError(signal))
  const onMessage = (message: FromWorker) => {
    if (message.kind === 'solutions') {
      arrived = message
      wake()
      return
    }
    if (message.kind === 'failed') fail(comunicaFailed(message))
    else serve(message).catch(fail)
  }
  const serve = async (message: Exclude<FromWorker, Solutions | { kind: 'failed' }>): Promise<void> => {
    const { request } = message
    switch (message.kind) {
      case 'pull': {
        if (message.pattern !== undefined) patterns.open(request, message.pattern)
        const block = await patterns.pull(request)
        if (!ended) send({ kind: 'rows', request, ...block })
        return
      }
      case 'close':
        return patterns.close(request)
      case 'estimate':
        return send({
          kind: 'estimate',
          request,
          rows: estimate(query.planPattern(patternOf(message.pattern)), query.catalog).rows,
        })
      case 'call': {
        const apply = extensionFunctions.get(message.function)
        const value = apply?.(message.arguments.map(termFromKey), context.evaluation)
        return send({ kind: 'value', request, ...(value === undefined ? {} : { term: textOf(value) }) })
      }
    }
  }
  const onExit = () => fail(new PolyprovError('internal', 'The thread of the long tail ended before its query'))
  /** Whether there was anything to end. */
  const end = (): boolean => {
    if (ended) return false
    ended = true
    signal.removeEventListener('abort', onAbort)
    worker.off('message', onMessage).off('messageerror', fail).off('error', fail).off('exit', onExit)
    patterns.closeAll()
    return true
  }
  signal.addEventListener('abort', onAbort, { once: true })
  worker.on('message', onMessage).on('messageerror', fail).on('error', fail).on('exit', onExit)

  return {
    send,
    end,
    /** The next block of solutions, which was asked for. */
    async solutions(): Promise<Solutions> {
      if (arrived === undefined && failure === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      if (failure !== undefined) throw failure
      const solutions = arrived!
      arrived = undefined
      return solutions
    },
  }
}

function batchOf(rows: Solutions['rows'], variables: readonly VariableName[], { dictionary }: QueryContext): Batch {
  const builder = batchBuilder(variables)
  for (const row of rows)
    builder.add(row.map((text) => (text === undefined ? 0 : dictionary.encode(termFromKey(text)))))
  return builder.build()
}

function asPolyprovError(error: unknown): PolyprovError {
  if (error instanceof PolyprovError) return error
  if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new PolyprovError(
      'memory',
      'The long tail (Comunica) needs more memory for this query than its budget: add a LIMIT or a more selective pattern, or raise limits.memory',
      { cause: error },
    )
  }
  const message = error instanceof Error ? error.message : String(error)
  return new PolyprovError('internal', `The long tail (Comunica) broke down: ${message}`, { cause: error })
}

function comunicaFailed({ message, endpoint }: Extract<FromWorker, { kind: 'failed' }>): PolyprovError {
  if (endpoint !== undefined) return new PolyprovError('store-failed', message, { store: endpoint })
  return new PolyprovError('internal', `The long tail (Comunica) failed: ${message.split('\n')[0]}`)
}
