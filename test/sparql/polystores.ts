import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Connector } from '../../connectors/connector.ts'
import { type Quad, termKey } from '../../planner/term.ts'
import { type OpenOptions, open } from '../../src/open.ts'
import type { Polystore } from '../../src/polystore.ts'
import { columnarPart, PART_STORES } from './part-stores.ts'

/** The folder of a file as a base IRI. */
export const baseOf = (file: string): string => `${pathToFileURL(dirname(file)).href}/`

/** A polystore whose one store, of the provenance, holds all quads. */
export async function openWhole(
  base: string,
  quads: readonly Quad[],
  options: Pick<OpenOptions, 'fetch'> = {},
): Promise<Polystore> {
  const connectors = [await columnarPart(quads, { id: 'provenance', base, role: 'provenance' })]
  return open({ base }, { ...options, connectors })
}

/** Most parts that quads can be split into. */
export const MOST_PARTS = 4

/**
 * A polystore that keeps the first part in the columnar store of the provenance, and every other in a store of another
 * kind: which ones, `seed` says.
 */
export async function openParts(base: string, parts: readonly (readonly Quad[])[], seed: number): Promise<Polystore> {
  const folder = await mkdtemp(join(tmpdir(), 'polyprov-parts-'))
  const connectors: Connector[] = []
  for (const [i, part] of parts.entries()) {
    connectors.push(
      i === 0
        ? await columnarPart(part, { id: 'provenance', base, role: 'provenance' })
        : await openPart(part, base, folder, i, seed),
    )
  }
  const polystore = await open({ base }, { connectors })
  return {
    ...polystore,
    async [Symbol.asyncDispose]() {
      await polystore.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The part in the next kind of store that can hold it. */
async function openPart(
  part: readonly Quad[],
  base: string,
  parent: string,
  i: number,
  seed: number,
): Promise<Connector> {
  for (let next = i + seed; ; next++) {
    const kind = next % PART_STORES.length
    const folder = join(parent, `${i}-${kind}`)
    await mkdir(folder)
    const connector = await PART_STORES[kind]!(part, { id: `part${i}`, base, folder })
    if (connector !== undefined) return connector
  }
}

/**
 * Splits quads by predicate, the predicates in turn over the parts. Those that share a blank node stay together, because
 * a blank node belongs to one store.
 */
export function splitQuads(quads: readonly Quad[], parts: number, seed: number): readonly (readonly Quad[])[] {
  const leaders = new Map<string, string>()
  const leaderOf = (key: string): string => {
    const next = leaders.get(key)
    return next === undefined || next === key ? key : leaderOf(next)
  }
  for (const { subject, predicate, object, graph } of quads) {
    const labels = [subject, object, graph].flatMap((term) => (term.termType === 'BlankNode' ? [termKey(term)] : []))
    const leader = leaderOf(labels[0] ?? termKey(predicate))
    leaders.set(leader, leader)
    for (const label of labels) leaders.set(leaderOf(label), leader)
  }
  const clusters = [...new Set([...leaders.keys()].map(leaderOf))]
  const result: Quad[][] = Array.from({ length: parts }, () => [])
  for (const quad of quads) {
    const label = [quad.subject, quad.object, quad.graph].find(({ termType }) => termType === 'BlankNode')
    const key = leaderOf(termKey((label ?? quad.predicate) as Quad['predicate']))
    result[(clusters.indexOf(key) + seed) % parts]!.push(quad)
  }
  return result
}

/**
 * The parts of {@link splitQuads}, and every other quad in the next part too: the same triple in two stores is one triple.
 * Blank nodes, which no two stores share, stay where they are.
 */
export function overlapQuads(quads: readonly Quad[], parts: number, seed: number): readonly (readonly Quad[])[] {
  const split = splitQuads(quads, parts, seed)
  const copied = split.map((part) => part.filter((each, i) => i % 2 === 0 && !hasBlankNode(each)))
  return split.map((part, i) => [...part, ...copied[(i + parts - 1) % parts]!])
}

const hasBlankNode = ({ subject, object, graph }: Quad): boolean =>
  [subject, object, graph].some(({ termType }) => termType === 'BlankNode')
