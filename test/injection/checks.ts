import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Connector } from '../../connectors/connector.ts'
import { iri, literal, type Quad, type Term } from '../../planner/term.ts'
import { NASTY, nastyTerm, UNSTORABLE } from './nasty.ts'
import { differencesOf } from './questions.ts'

const RUNS = Number(process.env['POLYPROV_RUNS'] ?? 4)

export interface Opened {
  readonly connector: Connector
  /** What it holds. */
  readonly quads: readonly Quad[]
  /** What is in the store, byte for byte, to see that nothing was written. */
  content(): Promise<unknown>
  close(): Promise<void>
}

/** Some of a list, evenly. */
const someOf = <Element>(elements: readonly Element[], count: number): readonly Element[] =>
  elements.filter(
    (_, i) => Math.floor((i * count) / elements.length) !== Math.floor(((i - 1) * count) / elements.length),
  )

/** Registers the tests that no constant of a query is read as anything else by a store. */
export function readsNoConstantAsAnythingElse(open: () => Promise<Opened>): void {
  let opened: Opened
  let before: unknown
  beforeAll(async () => {
    opened = await open()
    await opened.connector.describe(new AbortController().signal)
    before = await opened.content()
  })
  afterAll(async () => {
    expect(await opened.content()).toEqual(before)
    await opened.close()
  })
  const expectNone = async (terms: readonly Term[]) => {
    expect((await differencesOf(opened.connector, opened.quads, terms)).slice(0, 3)).toEqual([])
  }

  it('texts that it holds', () => expectNone(someOf(NASTY, RUNS).map((text) => literal(text))))
  it('texts that no store holds', () => expectNone(UNSTORABLE.map((text) => literal(text))))
  it('IRIs, language tags and datatypes that are none', () =>
    expectNone([
      iri(' '),
      iri('http://x/a b>'),
      iri('http://x/a"\\'),
      literal('a', iri(`b"http://www.w3.org/2001/XMLSchema#string`)),
      literal('x', 'en"; --'),
      literal('"', iri('http://x/type> . ?s ?p ?o')),
    ]))
  it('any terms', async () => {
    await fc.assert(fc.asyncProperty(fc.array(nastyTerm, { minLength: 1, maxLength: 2 }), expectNone), {
      numRuns: RUNS,
      seed: 1,
    })
  })
}
