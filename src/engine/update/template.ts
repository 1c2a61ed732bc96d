import { type IdList, idList } from '../../../connectors/columnar/store/ids.ts'
import type { BaseDictionary, Batch, Dictionary, Transaction } from '../../../connectors/connector.ts'
import type { Pattern } from '../../../planner/algebra.ts'
import type { GraphTerm, PatternTerm, Term } from '../../../planner/term.ts'
import { freshNodes } from './encode.ts'

/** Between the ids of a query and those of the store: they are the same up to the mark of the query's base. */
interface Exchange {
  /** The store's id of a query's term; 0 for one that it has never seen, where none is to be made. */
  idOf(id: number): number
  kindOf(id: number): Term['termType']
}

const KINDS = { '<': 1, _: 2, '"': 3 } as const
const NAMES = ['Literal', 'NamedNode', 'BlankNode', 'Literal'] as const

export function exchangeFor(
  base: BaseDictionary,
  dictionary: Dictionary,
  { encode, find }: Pick<Transaction, 'encode' | 'find'>,
  makes: boolean,
): Exchange {
  const { mark } = base
  let kinds: Uint8Array | undefined
  const own = new Map<number, number>()
  return {
    idOf(id) {
      if (id <= mark) return id
      const known = own.get(id)
      if (known !== undefined) return known
      const term = dictionary.decode(id)
      const made = makes ? encode(term) : find(term)
      own.set(id, made)
      return made
    },
    kindOf(id) {
      if (id > mark) return dictionary.decode(id).termType
      kinds ??= new Uint8Array(mark + 1)
      if (kinds[id] === 0) kinds[id] = KINDS[base.key(id)[0] as keyof typeof KINDS]
      return NAMES[kinds[id]!]!
    },
  }
}

/** What stands at one place of a template. */
type Place =
  | { readonly kind: 'constant'; readonly id: number }
  | { readonly kind: 'variable'; readonly name: string; readonly allows: (kind: Term['termType']) => boolean }
  /** A blank node, new for each solution; the same number for the same label. */
  | { readonly kind: 'node'; readonly index: number }

const isNode = (kind: Term['termType']): boolean => kind !== 'Literal'
const isIri = (kind: Term['termType']): boolean => kind === 'NamedNode'
const isAny = (): boolean => true

/** Fills templates with solutions, into a list of quads by ids. */
export interface TemplateFiller {
  readonly quads: IdList
  fill(batch: Batch): void
}

/**
 * A filler of templates (SPARQL 1.1 Update, section 3.1.3): each once for each solution, without the quads that have an
 * unbound or illegal term. Where nothing is `made`, quads with a term that the store has never seen are left out too.
 */
export function templateFiller(
  templates: readonly Pattern[],
  exchange: Exchange,
  { encode, find }: Pick<Transaction, 'encode' | 'find'>,
  makes: boolean,
): TemplateFiller {
  const fresh = freshNodes()
  const labels: string[] = []
  const place = (term: PatternTerm | GraphTerm, allows: (kind: Term['termType']) => boolean): Place => {
    if (term.termType === 'Variable') return { kind: 'variable', name: term.value, allows }
    if (term.termType === 'DefaultGraph') return { kind: 'constant', id: 0 }
    if (term.termType !== 'BlankNode') return { kind: 'constant', id: (makes ? encode : find)(term) }
    if (!labels.includes(term.value)) labels.push(term.value)
    return { kind: 'node', index: labels.indexOf(term.value) }
  }
  const places = templates
    .filter(({ subject }) => subject.termType !== 'Literal')
    .map(({ subject, predicate, object, graph }) => ({
      named: graph.termType !== 'DefaultGraph',
      all: [place(subject, isNode), place(predicate, isIri), place(object, isAny), place(graph, isNode)],
    }))
  const quads = idList(64)
  const nodes = new Uint32Array(labels.length)
  const quad = new Uint32Array(4)

  function idAt(at: Place, batch: Batch, row: number): number {
    switch (at.kind) {
      case 'constant':
        return at.id
      case 'node':
        return nodes[at.index]!
      case 'variable': {
        const column = batch.variables.indexOf(at.name)
        const id = column < 0 ? 0 : batch.columns[column]![row]!
        return id === 0 || !at.allows(exchange.kindOf(id)) ? 0 : exchange.idOf(id)
      }
    }
  }

  return {
    quads,
    fill(batch) {
      for (let row = 0; row < batch.length; row++) {
        for (let index = 0; index < nodes.length; index++) nodes[index] = encode(fresh())
        for (const { all, named } of places) {
          for (let index = 0; index < 4; index++) quad[index] = idAt(all[index]!, batch, row)
          if (quad[0] === 0 || quad[1] === 0 || quad[2] === 0 || (named && quad[3] === 0)) continue
          for (let index = 0; index < 4; index++) quads.push(quad[index]!)
        }
      }
    },
  }
}
