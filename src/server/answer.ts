import type { Response } from 'express'
import { untilAborted } from '../../connectors/until-aborted.ts'
import type { Execution, QueryOptions } from '../polystore.ts'
import { type FormatName, formatsOf, type ResultFormat } from '../results/formats.ts'
import { WELL_KNOWN_PREFIXES } from '../results/prefixes.ts'
import { serialise } from '../results/serialise.ts'
import { writeText } from '../results/write.ts'
import { begin } from './beginning.ts'
import { negotiate } from './negotiate.ts'
import { toPolyprovError } from './problem.ts'
import type { Call } from './route.ts'
import { inSlot } from './slot.ts'

type Offer = ResultFormat & { readonly name: FormatName }

/** Formats whose text carries the warnings itself. */
const WITH_WARNINGS: ReadonlySet<FormatName> = new Set(['json', 'rows', 'html'])

/** Trailer that carries the warnings of other formats, as a JSON array in ASCII. */
export const WARNINGS_TRAILER = 'Polyprov-Warnings'

/** Header with the id of the query, by which `/api/v1/running` knows it. */
export const QUERY_ID_HEADER = 'Polyprov-Query-Id'

/** What `/sparql` answers: `application/json` asks for the SPARQL format. */
export const protocolOffers = (kind: Execution['kind']): readonly Offer[] =>
  formatsOf(kind).filter(({ name }) => name !== 'rows')

/** What stored queries answer: `application/json` and anything go asks for plain rows. */
export function rowsOffers(kind: Execution['kind']): readonly Offer[] {
  const formats = formatsOf(kind)
  const others = formats
    .filter(({ name }) => name !== 'rows')
    .map((format) => ({ ...format, mediaTypes: format.mediaTypes.filter((type) => type !== 'application/json') }))
  return [...formats.filter(({ name }) => name === 'rows'), ...others]
}

const everyOffer = (offers: typeof protocolOffers): readonly Offer[] =>
  (['bindings', 'boolean', 'quads'] as const).flatMap(offers)

const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/**
 * Runs a query and streams its answer in the format that the request accepts.
 * @throws `busy` over the limit of queries at once, `not-acceptable`, and what the query throws
 */
export async function answerQuery(
  call: Call,
  timeout: number | undefined,
  offers: typeof protocolOffers,
  run: (options: Pick<QueryOptions, 'signal' | 'timeout'>) => Promise<Execution>,
): Promise<void> {
  const { context, request } = call
  // No store is asked for a result that cannot be written.
  negotiate(request, everyOffer(offers))
  let execution: Execution | undefined
  let outcome = 'ok'
  await inSlot(call, timeout, async ({ signal, timeout: milliseconds }) => {
    try {
      execution = await untilAborted(run({ signal, timeout: milliseconds }), signal)
      await sendExecution(call, execution, negotiate(request, offers(execution.kind)), signal)
    } catch (error) {
      outcome = toPolyprovError(error).code
      throw error
    } finally {
      context.metrics.query(execution?.kind ?? 'none', outcome, execution?.stats())
    }
  }).finally(() => {
    if (execution !== undefined) abandon(execution)
  })
}

/**
 * Lets a query go whose signal is aborted by now, or that is over. Rows that nobody began to read learn of it only when
 * they are asked for: a generator that was never started has nothing to clean up.
 */
function abandon(execution: Execution): void {
  if (execution.kind === 'boolean') return
  const rows: AsyncIterator<unknown> = execution.blocks[Symbol.asyncIterator]()
  rows.next().then(
    () => rows.return?.(undefined)?.catch(() => undefined),
    () => undefined,
  )
}

async function sendExecution(call: Call, execution: Execution, format: Offer, signal: AbortSignal): Promise<void> {
  const { request, response } = call
  response.setHeader('Content-Type', format.contentType)
  response.setHeader(QUERY_ID_HEADER, execution.id)
  response.vary('Accept')
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  const lost: string[] = []
  const text = serialise(execution, format.name, {
    warn: (message) => lost.push(message),
    table: { prefixes: WELL_KNOWN_PREFIXES },
  })
  const begun = await untilAborted(begin(text), signal).catch((error: unknown) => {
    text.return(undefined).catch(() => undefined)
    throw error
  })
  const warnings = (): readonly string[] => [...execution.warnings(), ...lost]
  const isTold = WITH_WARNINGS.has(format.name)
  if (begun.whole !== undefined && (isTold || warnings().length === 0)) {
    response.setHeader('Content-Length', Buffer.byteLength(begun.whole))
    response.end(begun.whole)
    return
  }
  if (!isTold) response.setHeader('Trailer', WARNINGS_TRAILER)
  await writeText(begun.text, response, signal, flusher(response))
  if (!isTold && warnings().length > 0) response.addTrailers({ [WARNINGS_TRAILER]: asciiJson(warnings()) })
  response.end()
}

/** Milliseconds that rows may wait in the compressor for more of them. */
const FLUSH_AFTER = 10

/** Sends what the compressor holds, soon: rows reach the reader as they come, and small blocks share a flush. */
function flusher(response: Response): () => void {
  let waiting = false
  return () => {
    if (waiting) return
    waiting = true
    setTimeout(() => {
      waiting = false
      const { flush } = response as unknown as { flush?: () => void }
      if (!response.writableEnded && !response.destroyed) flush?.call(response)
    }, FLUSH_AFTER)
  }
}
