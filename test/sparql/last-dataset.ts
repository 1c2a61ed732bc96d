import type { Quad } from '../../planner/term.ts'
import type { Polystore } from '../../src/polystore.ts'

/** What a test asks. */
export interface Dataset {
  /** The same for the same quads and base. */
  readonly key: string
  /** What relative IRIs of the test are relative to. */
  readonly base: string
  quads(): readonly Quad[]
}

/** Where the datasets of tests are kept while they are asked. */
export interface LastDataset extends AsyncDisposable {
  /** A polystore over the dataset; it is open until the next dataset is asked for. */
  over(dataset: Dataset): Promise<Polystore>
}

/** Keeps the dataset of the last test open: tests that follow one another are often about the same one. */
export function lastDataset(open: (base: string, quads: readonly Quad[]) => Promise<Polystore>): LastDataset {
  let last: { readonly key: string; readonly polystore: Polystore } | undefined
  const close = async (): Promise<void> => {
    const { polystore } = last ?? {}
    last = undefined
    await polystore?.[Symbol.asyncDispose]()
  }
  return {
    async over({ key, base, quads }) {
      if (last?.key !== key) {
        await close()
        last = { key, polystore: await open(base, quads()) }
      }
      return last.polystore
    },
    [Symbol.asyncDispose]: close,
  }
}
