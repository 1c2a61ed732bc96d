import { DataFactory } from 'rdf-data-factory'

const factory = new DataFactory()

/** Comunica's name of our one source, within its terms for blank nodes. */
export const SOURCE = 'polyprov'
const SKOLEM = `urn:comunica_skolem:source_${SOURCE}:`

/**
 * A blank node of our stores as Comunica makes it of a source's: by its second form Comunica asks for it again.
 *
 * @param {string} label
 */
function storedNode(label) {
  const node = factory.blankNode(`bc_${SOURCE}_${label}`)
  return Object.assign(node, { skolemized: factory.namedNode(SKOLEM + label) })
}

/** The label of a blank node of our stores; `undefined` for those of endpoints and of `BNODE()`. @param {any} term */
export function storedLabel(term) {
  const skolemized = term.skolemized?.value
  return skolemized?.startsWith(SKOLEM) ? skolemized.slice(SKOLEM.length) : undefined
}

/** The inverse of `textOf`. @param {string} text */
export function termOf(text) {
  const rest = text.slice(1)
  if (text[0] === '<') return factory.namedNode(rest)
  if (text[0] === '_') return factory.blankNode(rest)
  const end = rest.lastIndexOf('"')
  const kind = rest.slice(end + 1)
  return factory.literal(rest.slice(0, end), kind[0] === '@' ? kind.slice(1) : factory.namedNode(kind))
}

/** @param {any} term */
function reviveTerm(term) {
  switch (term.termType) {
    case 'NamedNode':
      return factory.namedNode(term.value)
    case 'BlankNode':
      return storedNode(term.value)
    case 'Literal':
      return factory.literal(term.value, term.language || factory.namedNode(term.datatype))
    case 'DefaultGraph':
      return factory.defaultGraph()
    case 'Variable':
      return factory.variable(term.value)
    default:
      return term
  }
}

/**
 * An operation as Comunica wants it: terms that can be compared, patterns that are quads. `replace` may put another
 * operation in the place of one.
 *
 * @param {any} value
 * @param {(operation: any) => any} replace
 * @returns {any}
 */
export function revive(value, replace) {
  if (Array.isArray(value)) return value.map((element) => revive(element, replace))
  if (value === null || typeof value !== 'object') return value
  if (value.termType !== undefined) return reviveTerm(value)
  const operation = replace(value)
  const revived = Object.fromEntries(
    Object.entries(operation).map(([member, inner]) => [member, revive(inner, replace)]),
  )
  if (revived['type'] !== 'pattern') return revived
  const { subject, predicate, object, graph } = /** @type {any} */ (revived)
  return Object.assign(factory.quad(subject, predicate, object, graph), { type: 'pattern' })
}
