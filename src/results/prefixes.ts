import { GEO, GEOF, HDF5, MLS, PL, PROV, PROVML, RDF, RDFS, SEGY, XSD } from '../../planner/namespaces.ts'

/** Prefixes that people who read provenance know; a query's own go before them. */
export const WELL_KNOWN_PREFIXES: Readonly<Record<string, string>> = {
  rdf: RDF,
  rdfs: RDFS,
  xsd: XSD,
  prov: PROV,
  mls: MLS,
  provml: PROVML,
  pl: PL,
  segy: SEGY,
  hdf5: HDF5,
  geo: GEO,
  geof: GEOF,
}

/** Local names that need no escape in Turtle: a cautious part of PN_LOCAL. */
const LOCAL = /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?)?$/

/** Shortens IRIs to prefixed names by the longest namespace that fits; `undefined` where none does. */
export function shortener(prefixes: Readonly<Record<string, string>>): (iri: string) => string | undefined {
  const namespaces = Object.entries(prefixes)
    .filter(([, namespace]) => namespace !== '')
    .sort(([, left], [, right]) => right.length - left.length)
  return (iri) => {
    for (const [prefix, namespace] of namespaces) {
      if (!iri.startsWith(namespace)) continue
      const local = iri.slice(namespace.length)
      if (LOCAL.test(local)) return `${prefix}:${local}`
    }
    return undefined
  }
}
