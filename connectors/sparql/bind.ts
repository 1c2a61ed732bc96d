import type { Plan, VariableName } from '../../planner/algebra.ts'
import { join, union, values } from '../../planner/constructors.ts'
import { XSD } from '../../planner/namespaces.ts'
import { type Term, termKey } from '../../planner/term.ts'
import type { Batch, Dictionary } from '../connector.ts'
import type { Dialect } from './dialect.ts'
import { bindsAll } from './takes.ts'
import { isWritable } from './write-term.ts'

/** Rows of keys, each once, that the endpoint is asked for; of the variables that can be handed over. */
export interface Keys {
  readonly variables: readonly VariableName[]
  readonly rows: readonly (readonly Term[])[]
}

/**
 * The keys that can be written into a query for this plan; `undefined`: it has to be asked whole. Keys that no term of
 * the endpoint can be are left out. A blank node of the endpoint cannot be named, so that its part is asked whole; one
 * of another store is in no other.
 */
export function writableKeys(
  plan: Plan,
  bindings: Batch,
  dictionary: Dictionary,
  dialect: Dialect,
  isOwn: (label: string) => boolean,
): Keys | undefined {
  if (!dialect.values) return undefined
  const columns = bindings.variables.flatMap((name, index) => {
    const column = bindings.columns[index]!.subarray(0, bindings.length)
    return bindsAll(plan, [name]) && !column.includes(0) ? [{ name, column }] : []
  })
  const terms = new Map<number, Term>()
  const termOf = (id: number): Term => {
    const known = terms.get(id) ?? dictionary.decode(id)
    terms.set(id, known)
    return known
  }
  const kept = columns.filter(({ column }) => [...new Set(column)].every((id) => isExact(termOf(id), dialect)))
  if (kept.length === 0) return undefined
  const rows = new Map<string, readonly Term[]>()
  for (let row = 0; row < bindings.length; row++) {
    const key = kept.map(({ column }) => termOf(column[row]!))
    if (key.some((term) => term.termType === 'BlankNode' && isOwn(term.value))) return undefined
    if (key.every(isWritable)) rows.set(key.map(termKey).join('\n'), key)
  }
  return { variables: kept.map(({ name }) => name), rows: [...rows.values()] }
}

/** Whether the endpoint finds nothing but this term by it. */
const isExact = (term: Term, { literals, strings }: Dialect): boolean =>
  term.termType !== 'Literal' ||
  (literals === 'term' && (strings === 'same' || term.datatype.value !== `${XSD}string`)) ||
  (literals === 'value' && term.language !== '')

/**
 * The plan joined with the keys, which stand as deep within it as the join may be moved: next to the patterns, where
 * endpoints begin with them.
 */
export function joinKeys(plan: Plan, keys: Keys): Plan {
  const inner = values(keys.variables, keys.rows)
  const movable = (part: Plan): boolean => bindsAll(part, keys.variables)
  const put = (part: Plan): Plan => {
    switch (part.kind) {
      case 'join': {
        const index = part.inputs.findIndex((input) => !isLeaf(input) && movable(input))
        // Beside patterns the keys stand well.
        if (index < 0 || part.inputs.some((input) => isLeaf(input) && shares(input, keys))) return join([inner, part])
        return join(part.inputs.with(index, put(part.inputs[index]!)))
      }
      case 'union':
        return union(part.inputs.map(put))
      case 'leftJoin':
      case 'minus':
        return movable(part.left) ? { ...part, left: put(part.left) } : join([inner, part])
      case 'filter':
      case 'distinct':
      case 'reduced':
      case 'project':
      case 'order':
      case 'extend':
        return movable(part.input) ? { ...part, input: put(part.input) } : join([inner, part])
      case 'group':
        return keys.variables.every((name) => part.keys.includes(name)) && movable(part.input)
          ? { ...part, input: put(part.input) }
          : join([inner, part])
      default:
        return join([inner, part])
    }
  }
  return put(plan)
}

const isLeaf = ({ kind }: Plan): boolean => kind === 'pattern' || kind === 'path' || kind === 'graphs'

const shares = (plan: Plan, { variables }: Keys): boolean => bindsAll(plan, variables)
