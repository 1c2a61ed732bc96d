import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Parser } from 'n3'
import { batchBuilder } from '../../connectors/batch.ts'
import { openColumnar } from '../../connectors/columnar/index.ts'
import { type Connector, storeIri } from '../../connectors/connector.ts'
import memory from '../../connectors/memory/index.ts'
import { openRdf } from '../../connectors/rdf/index.ts'
import type { Quad } from '../../planner/term.ts'
import { open } from '../../src/open.ts'
import type { Polystore } from '../../src/polystore.ts'

export const BASE = 'urn:polyprov:'

/** N-Quads as quads; labels of blank nodes stay as they are. */
export const quadsOf = (lines: readonly string[]): readonly Quad[] =>
  new Parser({ format: 'application/n-quads', blankNodePrefix: '' }).parse(
    lines.join('\n'),
  ) as readonly unknown[] as readonly Quad[]

/** A `provenance` is a columnar store whose dictionary the query's ids are of. */
export type Kind = 'provenance' | 'columnar' | 'memory' | 'rdf' | 'careless'

/**
 * A store that leaves as much as it may to the engine: it checks no constants, gives batches of ids, and ignores
 * bindings.
 */
export function careless(id: string, lines: readonly string[]): Connector {
  const inner = memory({ id, type: 'memory', quads: quadsOf(lines) }, { base: BASE })
  const position = ['subject', 'predicate', 'object', 'graph'] as const
  return {
    id,
    iri: storeIri(BASE, id),
    type: 'careless',
    description: {},
    describe: async () => ({}),
    async *scan({ pattern, dictionary, signal, meter }) {
      meter.request()
      const free = position.filter((each) => pattern[each].termType === 'Variable')
      const constant = position.filter(
        (each) => pattern[each].termType === 'NamedNode' || pattern[each].termType === 'Literal',
      )
      const open = {
        ...pattern,
        ...Object.fromEntries(
          constant
            .filter((each) => each !== 'graph')
            .map((each) => [each, { termType: 'Variable', value: `.${each}` }]),
        ),
      } as typeof pattern
      const names = [
        ...new Set(free.map((each) => pattern[each].value)),
        ...constant.filter((each) => each !== 'graph').map((each) => `.${each}`),
      ]
      const builder = batchBuilder(names)
      for await (const rows of inner.scan({ pattern: open, dictionary, signal, meter })) {
        for (const row of rows as readonly Readonly<Record<string, never>>[]) {
          builder.add(names.map((name) => dictionary.encode(row[name]!)))
          if (builder.length === 3) yield builder.build()
        }
      }
      yield builder.build()
    },
  }
}

async function connectorOf(kind: Kind, id: string, lines: readonly string[], folder: string): Promise<Connector> {
  switch (kind) {
    case 'memory':
      return memory({ id, type: 'memory', quads: quadsOf(lines) }, { base: BASE })
    case 'careless':
      return careless(id, lines)
    case 'rdf': {
      await writeFile(join(folder, `${id}.nq`), lines.join('\n'))
      return openRdf({ id, type: 'rdf', files: `${id}.nq` }, { base: BASE, folder })
    }
    case 'provenance':
    case 'columnar': {
      const role = kind === 'provenance' ? ({ role: 'provenance' } as const) : {}
      const connector = await openColumnar({ id, type: 'columnar', ...role }, { base: BASE, folder })
      await connector.write({ add: quadsOf(lines) })
      return connector
    }
  }
}

/** A polystore whose stores, of the kinds given, hold one part of the data each. */
export async function polystoreOf(
  parts: readonly (readonly [Kind, readonly string[]])[],
): Promise<AsyncDisposable & { readonly polystore: Polystore }> {
  const folder = await mkdtemp(join(tmpdir(), 'polyprov-fuzz-'))
  const connectors = await Promise.all(parts.map(([kind, lines], i) => connectorOf(kind, `${kind}${i}`, lines, folder)))
  const polystore = await open({ base: BASE, stores: [] }, { connectors })
  return {
    polystore,
    async [Symbol.asyncDispose]() {
      await polystore.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
