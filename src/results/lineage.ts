import type { Quad } from '../../planner/term.ts'
import type { QuadsExecution } from './execution.ts'
import { quadsToJsonLd } from './json-ld.ts'
import { lineageToDot } from './lineage/dot.ts'
import { lineageToProvJson } from './lineage/prov-json.ts'
import { lineageToSvg } from './lineage/svg.ts'
import { quadsToNtriples } from './ntriples.ts'
import { WELL_KNOWN_PREFIXES } from './prefixes.ts'
import { quadsToTurtle } from './turtle.ts'

/** Formats of a lineage, PROV-JSON first. */
export const LINEAGE_FORMATS = [
  {
    name: 'prov-json',
    contentType: 'application/json',
    mediaTypes: ['application/json', 'application/provenance+json'],
  },
  { name: 'turtle', contentType: 'text/turtle; charset=utf-8', mediaTypes: ['text/turtle'] },
  { name: 'dot', contentType: 'text/vnd.graphviz; charset=utf-8', mediaTypes: ['text/vnd.graphviz'] },
  { name: 'svg', contentType: 'image/svg+xml', mediaTypes: ['image/svg+xml'] },
  { name: 'ntriples', contentType: 'application/n-triples', mediaTypes: ['application/n-triples'] },
  { name: 'jsonld', contentType: 'application/ld+json', mediaTypes: ['application/ld+json'] },
] as const

export type LineageFormat = (typeof LINEAGE_FORMATS)[number]['name']

/** The provenance subgraph as text; `of` is what it is the lineage of. */
export async function serialiseLineage(quads: readonly Quad[], format: LineageFormat, of: string): Promise<string> {
  switch (format) {
    case 'prov-json':
      return `${JSON.stringify(lineageToProvJson(quads), undefined, 2)}\n`
    case 'dot':
      return lineageToDot(quads, of)
    case 'svg':
      return lineageToSvg(quads, of)
    case 'turtle':
      return whole(quadsToTurtle(asExecution(quads)))
    case 'ntriples':
      return whole(quadsToNtriples(asExecution(quads)))
    case 'jsonld':
      return whole(quadsToJsonLd(asExecution(quads)))
  }
}

async function whole(chunks: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const chunk of chunks) text += chunk
  return text
}

/** Prefixes that the triples make use of: others would only be noise at the head. */
function usedPrefixes(quads: readonly Quad[]): Readonly<Record<string, string>> {
  const iris = new Set<string>()
  for (const { subject, predicate, object } of quads) {
    iris.add(subject.value).add(predicate.value)
    iris.add(object.termType === 'Literal' ? object.datatype.value : object.value)
  }
  return Object.fromEntries(
    Object.entries(WELL_KNOWN_PREFIXES).filter(([, namespace]) => [...iris].some((iri) => iri.startsWith(namespace))),
  )
}

/** Triples that are at hand as a result, for the serialisers. */
export function asExecution(
  quads: readonly Quad[],
  prefixes: Readonly<Record<string, string>> = usedPrefixes(quads),
): QuadsExecution {
  async function* blocks(): AsyncGenerator<readonly Quad[]> {
    yield quads
  }
  return {
    id: '',
    kind: 'quads',
    prefixes,
    blocks: blocks(),
    warnings: () => [],
    stats: () => ({ stores: {}, rows: quads.length, milliseconds: { planning: 0, total: 0 } }),
  }
}
