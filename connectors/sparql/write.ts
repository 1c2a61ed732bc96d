import type { Aggregate, Expression, Path, Plan, Values, VariableName } from '../../planner/algebra.ts'
import {
  defaultGraph,
  type GraphTerm,
  iri,
  isVariable,
  type PatternTerm,
  type Term,
  termKey,
} from '../../planner/term.ts'
import { expressionsOf, walk, walkExpression } from '../../planner/traverse.ts'
import { variablesOf } from '../../planner/variables.ts'
import { writeTerm } from './write-term.ts'

export interface WriteOptions {
  /** What relative IRIs that expressions make are resolved against. */
  readonly base?: string
  /**
   * Joins of patterns are written as sets of solutions: for endpoints whose default graph has a triple as often as it
   * stands in a named graph.
   */
  readonly distinctPatterns?: boolean
  /** A constant object that stands for several terms of the endpoint, of which the standard knows but one. */
  readonly alternatives?: (object: Term) => readonly string[] | undefined
}

/** A query's text, and the names by which its columns are to be read. */
export interface WrittenQuery {
  readonly text: string
  /** The plan's name of each column of the answer. */
  readonly columns: ReadonlyMap<string, VariableName>
}

/** The logical algebra as a SELECT query (SPARQL 1.1): the inverse of the translation of section 18.2. */
export function writeQuery(plan: Plan, from: string | undefined, options: WriteOptions = {}): WrittenQuery {
  const writer = createWriter(options)
  const text = writer.select(plan, from === undefined ? '' : ` FROM ${writeTerm(iri(from))}`)
  const columns = new Map(variablesOf(plan).map((name) => [writer.name(name), name]))
  return {
    text: options.base === undefined || !makesIris(plan) ? text : `BASE ${writeTerm(iri(options.base))} ${text}`,
    columns,
  }
}

const makesIris = (plan: Plan): boolean =>
  [...walk(plan, { exists: true })]
    .flatMap((node) => expressionsOf(node).flatMap((each) => [...walkExpression(each)]))
    .some((part) => part.kind === 'call' && part.operator === 'IRI')

const PLAIN = /^[A-Za-z][A-Za-z0-9]*$/

function createWriter({ distinctPatterns = false, alternatives }: WriteOptions) {
  const names = new Map<VariableName, string>()

  /** A name that every endpoint takes: those with other characters than letters and digits get one with `_`. */
  function name(variable: VariableName): string {
    let known = names.get(variable)
    if (known === undefined) {
      known = PLAIN.test(variable) ? variable : `v_${names.size}`
      names.set(variable, known)
    }
    return known
  }
  let invented = 0
  const fresh = () => name(`.written${invented++}`)

  const show = (variable: VariableName): string => `?${name(variable)}`
  const term = (value: PatternTerm | GraphTerm): string =>
    isVariable(value) ? show(value.value) : writeTerm(value as Term)

  /** A SELECT query or subquery with the plan's solutions. */
  function select(plan: Plan, from = ''): string {
    let rest = plan
    let tail = ''
    if (rest.kind === 'slice') {
      tail = `${rest.limit === undefined ? '' : ` LIMIT ${rest.limit}`}${rest.offset === 0 ? '' : ` OFFSET ${rest.offset}`}`
      rest = rest.input
    }
    let modifier = ''
    if (rest.kind === 'distinct' || rest.kind === 'reduced') {
      modifier = `${rest.kind.toUpperCase()} `
      rest = rest.input
    }
    const shown = variablesOf(rest)
    if (rest.kind === 'project') rest = rest.input
    if (rest.kind === 'order') {
      const keys = rest.by.map(
        ({ expression: key, descending }) => `${descending ? 'DESC' : 'ASC'}(${expression(key)})`,
      )
      tail = ` ORDER BY ${keys.join(' ')}${tail}`
      rest = rest.input
    }
    if (distinctPatterns && isPatternSet(rest) && isWhole(shown, rest))
      return `SELECT DISTINCT ${columns(shown)}${from} WHERE { ${patterns(rest)} }${tail}`
    if (rest.kind === 'group') return selectGroups(rest, shown, modifier, tail, from)
    return `SELECT ${modifier}${columns(shown)}${from} WHERE { ${group(rest)} }${tail}`
  }

  const columns = (shown: readonly VariableName[]): string =>
    shown.length === 0 ? `(1 AS ?${fresh()})` : shown.map(show).join(' ')

  function selectGroups(
    plan: Plan & { kind: 'group' },
    shown: readonly VariableName[],
    modifier: string,
    tail: string,
    from: string,
  ): string {
    const asked = [
      ...plan.keys.map(show),
      ...plan.aggregates.map((each) => `(${aggregate(each)} AS ${show(each.variable)})`),
    ]
    // Without any there would be no group, where the one of nothing is.
    const made = asked.length === 0 ? [`(COUNT(*) AS ?${fresh()})`] : asked
    const grouping = `WHERE { ${group(plan.input)} }${groupBy(plan.keys)}`
    const all = variablesOf(plan)
    const plain = modifier === '' && !tail.startsWith(' ORDER') && asked.length > 0
    if (plain && shown.length === all.length && shown.every((each) => all.includes(each)))
      return `SELECT ${made.join(' ')}${from} ${grouping}${tail}`
    return `SELECT ${modifier}${columns(shown)}${from} WHERE { { SELECT ${made.join(' ')} ${grouping} } }${tail}`
  }

  const groupBy = (keys: readonly VariableName[]): string =>
    keys.length === 0 ? '' : ` GROUP BY ${keys.map(show).join(' ')}`

  function aggregate({ function: own, distinct, expression: of, separator }: Aggregate): string {
    const word = own === 'groupConcat' ? 'GROUP_CONCAT' : own.toUpperCase()
    const rest = own === 'groupConcat' ? `; SEPARATOR=${writeTerm(stringTerm(separator ?? ' '))}` : ''
    return `${word}(${distinct ? 'DISTINCT ' : ''}${of === undefined ? '*' : expression(of)}${rest})`
  }

  /** What stands between braces with the plan's solutions. */
  function group(plan: Plan): string {
    if (plan.kind === 'filter') return `${sequence(plan.input)} FILTER(${expression(plan.condition)})`
    return sequence(plan)
  }

  /** The plan as the beginning of a group: more may follow, filters (which concern a whole group) may not stand in it. */
  function sequence(plan: Plan): string {
    switch (plan.kind) {
      case 'unit':
        return ''
      case 'join':
        return joined(plan.inputs)
      case 'leftJoin': {
        const condition = plan.condition === undefined ? '' : ` FILTER(${expression(plan.condition)})`
        return `${sequence(plan.left)} OPTIONAL { ${element(plan.right)}${condition} }`
      }
      case 'minus':
        return `${sequence(plan.left)} MINUS { ${group(plan.right)} }`
      case 'extend':
        return `${sequence(plan.input)} BIND(${expression(plan.expression)} AS ${show(plan.variable)})`
      default:
        return element(plan)
    }
  }

  function joined(inputs: readonly Plan[]): string {
    if (!distinctPatterns) return inputs.map(element).join(' ')
    const sets = inputs.filter(isSetPart)
    const others = inputs.filter((input) => !isSetPart(input)).map(element)
    return [...(sets.some(isLeaf) ? [distinctSet(sets)] : sets.map(element)), ...others].join(' ')
  }

  /** One element of a group, to be joined with what stands before it. */
  function element(plan: Plan): string {
    switch (plan.kind) {
      case 'pattern':
      case 'path':
      case 'graphs':
        return distinctPatterns ? distinctSet([plan]) : leaf(plan)
      case 'values':
        return values(plan)
      case 'empty':
        return empty(plan.variables)
      case 'union':
        return plan.inputs.map((input) => `{ ${group(input)} }`).join(' UNION ')
      case 'service':
        return `SERVICE ${plan.silent ? 'SILENT ' : ''}${term(plan.endpoint)} { ${group(plan.pattern)} }`
      case 'eachGraph':
        return `GRAPH ${term(plan.graph)} { ${group(plan.input)} }`
      case 'group':
      case 'project':
      case 'distinct':
      case 'reduced':
      case 'order':
      case 'slice':
        return `{ ${select(plan)} }`
      case 'join':
      case 'leftJoin':
      case 'minus':
      case 'extend':
      case 'filter':
      case 'unit':
        return `{ ${group(plan)} }`
      default:
        throw new TypeError(`no SPARQL for a plan of the kind ${plan.kind}`)
    }
  }

  /** Patterns, and values whose rows are each there once, as a set. */
  function distinctSet(plans: readonly Plan[]): string {
    const shown = [...new Set(plans.flatMap(variablesOf))]
    return `{ SELECT DISTINCT ${columns(shown)} WHERE { ${plans.map(patterns).join(' ')} } }`
  }

  function patterns(plan: Plan): string {
    if (plan.kind === 'join') return plan.inputs.map(patterns).join(' ')
    if (plan.kind === 'project') return patterns(plan.input)
    return plan.kind === 'values' ? values(plan) : leaf(plan)
  }

  function leaf(plan: Plan): string {
    switch (plan.kind) {
      case 'pattern': {
        const object = plan.object
        const several = isVariable(object) ? undefined : alternatives?.(object)
        if (several === undefined)
          return inGraph(plan.graph, `${term(plan.subject)} ${term(plan.predicate)} ${term(object)} .`)
        const any = `?${fresh()}`
        return `VALUES ${any} { ${several.join(' ')} } ${inGraph(plan.graph, `${term(plan.subject)} ${term(plan.predicate)} ${any} .`)}`
      }
      case 'path':
        return inGraph(plan.graph, `${term(plan.subject)} ${path(plan.path)} ${term(plan.object)} .`)
      case 'graphs': {
        const any = `GRAPH ${term(plan.graph)} { ?${fresh()} ?${fresh()} ?${fresh()} }`
        return isVariable(plan.graph)
          ? `{ SELECT DISTINCT ${term(plan.graph)} WHERE { ${any} } }`
          : `FILTER EXISTS { ${any} }`
      }
      default:
        throw new TypeError(`no leaf: ${plan.kind}`)
    }
  }

  const inGraph = (graph: GraphTerm, text: string): string =>
    graph.equals(defaultGraph) ? text : `GRAPH ${term(graph)} { ${text} }`

  function values({ variables, rows }: Plan & { kind: 'values' }): string {
    const write = (each: Term | undefined) => (each === undefined ? 'UNDEF' : writeTerm(each))
    return `VALUES (${variables.map(show).join(' ')}) { ${rows.map((row) => `(${row.map(write).join(' ')})`).join(' ')} }`
  }

  const empty = (variables: readonly VariableName[]): string =>
    variables.length === 0 ? '{ FILTER(false) }' : `VALUES (${variables.map(show).join(' ')}) { }`

  function path(value: Path): string {
    switch (value.kind) {
      case 'predicate':
        return writeTerm(value.predicate)
      case 'inverse':
        return `^(${path(value.path)})`
      case 'sequence':
        return `(${value.paths.map(path).join('/')})`
      case 'alternative':
        return `(${value.paths.map(path).join('|')})`
      case 'zeroOrMore':
        return `(${path(value.path)})*`
      case 'oneOrMore':
        return `(${path(value.path)})+`
      case 'zeroOrOne':
        return `(${path(value.path)})?`
      case 'negated':
        return `!(${[...value.forward.map(writeTerm), ...value.backward.map((each) => `^${writeTerm(each)}`)].join('|')})`
    }
  }

  function expression(value: Expression): string {
    switch (value.kind) {
      case 'term':
        return writeTerm(value.term)
      case 'variable':
        return show(value.name)
      case 'exists':
        return `${value.negated ? 'NOT ' : ''}EXISTS { ${group(value.plan)} }`
      case 'call':
        return call(value.operator, value.arguments.map(expression))
    }
  }

  return { select, name }
}

function call(operator: string, parts: readonly string[]): string {
  if (operator === 'IN' || operator === 'NOT IN') return `(${parts[0]} ${operator} (${parts.slice(1).join(', ')}))`
  if (operator === 'U-') return `(-${parts[0]})`
  if (operator === 'U+') return `(+${parts[0]})`
  if (operator === '!') return `(!${parts[0]})`
  if (/^[^A-Za-z]+$/.test(operator)) return `(${parts.join(` ${operator} `)})`
  const named = operator.includes(':') ? writeTerm({ termType: 'NamedNode', value: operator } as Term) : operator
  return `${named}(${parts.join(', ')})`
}

const stringTerm = (value: string): Term =>
  ({ termType: 'Literal', value, language: '', datatype: { value: 'http://www.w3.org/2001/XMLSchema#string' } }) as Term

/** Whether a plan is patterns with all that they bind: no solution is there twice. */
export function isPatternSet(plan: Plan): boolean {
  if (plan.kind === 'project') return isPatternSet(plan.input) && isWhole(plan.variables, plan.input)
  return plan.kind === 'join' ? plan.inputs.some(isLeaf) && plan.inputs.every(isSetPart) : isLeaf(plan)
}

const isWhole = (shown: readonly VariableName[], plan: Plan): boolean =>
  variablesOf(plan).every((name) => shown.includes(name))

const isLeaf = ({ kind }: Plan): boolean => kind === 'pattern' || kind === 'path' || kind === 'graphs'
const isSetPart = (plan: Plan): boolean => isLeaf(plan) || (plan.kind === 'values' && isSet(plan.rows))

/** Whether rows are complete, and each there once: a DISTINCT around them takes nothing away. */
const isSet = (rows: Values['rows']): boolean =>
  rows.every((row) => row.every((term) => term !== undefined)) &&
  new Set(rows.map((row) => JSON.stringify(row.map((term) => termKey(term!))))).size === rows.length
