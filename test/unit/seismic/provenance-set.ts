import { PL, PROV, PROVML, RDF } from '../../../planner/namespaces.ts'
import { type Quad, termKey } from '../../../planner/term.ts'
import type { Change } from '../../../src/provenance/capture.ts'

const PREFIXES: Readonly<Record<string, string>> = { pl: PL, prov: PROV, provml: PROVML, rdf: RDF }

/** `pl:value` and the like in full; anything else as it is. */
function expand(name: string): string {
  const [prefix = '', local = ''] = name.split(':')
  return PREFIXES[prefix] === undefined ? name : PREFIXES[prefix] + local
}

/** A provenance store as a set of quads. */
export interface ProvenanceSet {
  write(change: Change): Promise<void>
  readonly quads: ReadonlyMap<string, Quad>
  objects(subject: string, property: string): readonly string[]
  subjects(property: string, object: string): readonly string[]
  /** What lies behind a node along one property. */
  closure(subject: string, property: string): ReadonlySet<string>
}

export function provenanceSet(): ProvenanceSet {
  const quads = new Map<string, Quad>()
  const key = (quad: Quad): string => [quad.subject, quad.predicate, quad.object].map(termKey).join(' ')
  let size = -1
  let forward = new Map<string, string[]>()
  let backward = new Map<string, string[]>()
  const index = (): void => {
    if (size === quads.size) return
    size = quads.size
    forward = new Map()
    backward = new Map()
    const put = (map: Map<string, string[]>, from: string, to: string): void => {
      const known = map.get(from)
      if (known) known.push(to)
      else map.set(from, [to])
    }
    for (const { subject, predicate, object } of quads.values()) {
      put(forward, `${predicate.value} ${subject.value}`, object.value)
      put(backward, `${predicate.value} ${object.value}`, subject.value)
    }
  }
  const objects = (subject: string, property: string): readonly string[] => {
    index()
    return forward.get(`${expand(property)} ${subject}`) ?? []
  }
  return {
    quads,
    write: async ({ add, remove = [] }) => {
      for (const quad of remove) quads.delete(key(quad))
      for (const quad of add) quads.set(key(quad), quad)
      size = -1
    },
    objects,
    subjects: (property, object) => {
      index()
      return backward.get(`${expand(property)} ${expand(object)}`) ?? []
    },
    closure: (subject, property) => {
      const found = new Set<string>()
      const open = [subject]
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        for (const object of objects(next, property)) {
          if (found.has(object)) continue
          found.add(object)
          open.push(object)
        }
      }
      return found
    },
  }
}
