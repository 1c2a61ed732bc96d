import type { Aggregate, Expression, Path, Plan, VariableName } from '../../planner/algebra.ts'
import { XSD } from '../../planner/namespaces.ts'
import { isVariable, type Term } from '../../planner/term.ts'
import { certainlyBound, variablesOf } from '../../planner/variables.ts'
import type { Dialect } from './dialect.ts'
import { isPatternSet } from './write.ts'
import { isWritable } from './write-term.ts'

/** Functions of terms that every endpoint answers alike, as long as it compares literals by their terms. */
const CONDITIONS: ReadonlySet<string> = new Set([
  'BOUND',
  'COALESCE',
  'CONTAINS',
  'IF',
  'ISBLANK',
  'ISIRI',
  'ISLITERAL',
  'ISNUMERIC',
  'ISURI',
  'LANG',
  'LANGMATCHES',
  'SAMETERM',
  'STR',
  'STRENDS',
  'STRSTARTS',
  '+',
  '-',
  '*',
  'U-',
  'U+',
])
/** Those whose value has one lexical form only. */
const VALUES: ReadonlySet<string> = new Set([
  'BOUND',
  'COALESCE',
  'IF',
  'ISBLANK',
  'ISIRI',
  'ISLITERAL',
  'ISURI',
  'SAMETERM',
  'STR',
])
const NUMERIC: ReadonlySet<string> = new Set(['integer', 'decimal', 'double', 'float'].map((name) => XSD + name))
const SAME_FOR_ALL: ReadonlySet<string> = new Set([...NUMERIC, `${XSD}string`, `${XSD}boolean`])

/** How well the endpoint keeps a conjunct: what depends on its dialect is left to the engine. */
export function takesConjunct(conjunct: Expression, dialect: Dialect): 'exact' | 'no' {
  if (conjunct.kind !== 'call') return 'no'
  // By value `2 > "a"` may hold, and `=` may put its constant in the place of what is stored.
  if (dialect.literals === 'value') return 'no'
  return isCondition(conjunct, dialect) ? 'exact' : 'no'
}

function isCondition(expression: Expression, dialect: Dialect): boolean {
  switch (expression.kind) {
    case 'term':
      return isPlain(expression.term)
    case 'variable':
      return true
    case 'exists':
      return takesPlan(expression.plan, dialect)
    case 'call':
      return (
        expression.arguments.every((each) => isCondition(each, dialect)) &&
        isTakenOperator(expression.operator, expression.arguments)
      )
  }
}

function isTakenOperator(operator: string, operands: readonly Expression[]): boolean {
  switch (operator) {
    case '&&':
    case '||':
    case '!':
      return true
    case '=':
    case '!=':
      return operands.some(({ kind }) => kind === 'term')
    case 'IN':
    case 'NOT IN':
      return operands.slice(1).every(({ kind }) => kind === 'term')
    case '<':
    case '>':
    case '<=':
    case '>=':
      // Of strings a collation decides, of times without a zone the endpoint's own.
      return operands.some(
        (each) => each.kind === 'term' && each.term.termType === 'Literal' && NUMERIC.has(each.term.datatype.value),
      )
    default:
      return CONDITIONS.has(operator)
  }
}

/** Terms that mean the same everywhere: IRIs, numbers, strings, booleans. */
const isPlain = (term: Term): boolean =>
  isWritable(term) &&
  (term.termType === 'NamedNode' ||
    (term.termType === 'Literal' && (term.language !== '' || SAME_FOR_ALL.has(term.datatype.value))))

const isValue = (expression: Expression): boolean => {
  if (expression.kind === 'term') return isWritable(expression.term)
  if (expression.kind === 'variable') return true
  return expression.kind === 'call' && VALUES.has(expression.operator) && expression.arguments.every(isValue)
}

/** Whether the endpoint answers a plan whole with exactly the solutions that it should have. */
export function takesPlan(plan: Plan, dialect: Dialect): boolean {
  const loose = dialect.literals === 'value'
  const inner = (...plans: readonly Plan[]) => plans.every((each) => takesPlan(each, dialect))
  switch (plan.kind) {
    case 'unit':
    case 'empty':
      return true
    case 'pattern':
      return [plan.subject, plan.predicate, plan.object, plan.graph].every((term) => isAskable(term, dialect))
    case 'path':
      return (
        [plan.subject, plan.object, plan.graph].every((term) => isAskable(term, dialect)) &&
        isAskablePath(plan.path) &&
        (!loose || isVariable(plan.subject) !== isVariable(plan.object))
      )
    case 'graphs':
      return isAskable(plan.graph, dialect)
    case 'values':
      return (
        dialect.values &&
        !loose &&
        plan.rows.every((row) => row.every((term) => term === undefined || isWritable(term)))
      )
    case 'join':
      return inner(...plan.inputs) && (!loose || joinsByNodes(plan.inputs))
    case 'leftJoin':
      if (!inner(plan.left, plan.right)) return false
      if (loose) return plan.condition === undefined && joinsByNodes([plan.left, plan.right])
      return plan.condition === undefined || isCondition(plan.condition, dialect)
    case 'union':
    case 'project':
    case 'reduced':
      return inner(...(plan.kind === 'union' ? plan.inputs : [plan.input]))
    case 'slice':
      // Where triples may be there twice, a LIMIT counts right over a plain set of solutions only.
      return inner(plan.input) && (!loose || isPatternSet(plan.input))
    case 'distinct':
      return inner(plan.input) && (!loose || areNodes(variablesOf(plan.input), plan.input))
    case 'minus':
      return !loose && inner(plan.left, plan.right)
    case 'filter':
      return !loose && inner(plan.input) && isCondition(plan.condition, dialect)
    case 'extend':
      return inner(plan.input) && (loose ? isConstant(plan.expression) : isValue(plan.expression))
    case 'group':
      return inner(plan.input) && takesGroup(plan, loose)
    case 'order':
      return (
        !loose &&
        !dialect.blankNodes &&
        inner(plan.input) &&
        plan.by.every(({ expression }) => isNode(expression, plan.input))
      )
    default:
      return false
  }
}

const isConstant = (expression: Expression): boolean => expression.kind === 'term' && isWritable(expression.term)

/** The groups of a plan: only counts have one lexical form; SAMPLE, MIN and their like are the engine's. */
function takesGroup({ input, keys, aggregates }: Plan & { kind: 'group' }, loose: boolean): boolean {
  if (keys.length + aggregates.length === 0) return false
  const isCount = ({ function: name, distinct, expression }: Aggregate) =>
    name === 'count' && (expression === undefined ? !distinct : expression.kind === 'variable') && !(loose && distinct)
  return aggregates.every(isCount) && (!loose || areNodes(keys, input))
}

type Position = Extract<Plan, { kind: 'pattern' }>['object'] | Extract<Plan, { kind: 'pattern' }>['graph']

/** Whether the endpoint finds exactly this term in this place. */
function isAskable(term: Position, { literals }: Dialect): boolean {
  switch (term.termType) {
    case 'Variable':
    case 'DefaultGraph':
      return true
    case 'Literal':
      return isWritable(term) && (literals === 'term' || term.language !== '' || term.datatype.value === `${XSD}string`)
    default:
      return isWritable(term)
  }
}

function isAskablePath(path: Path): boolean {
  switch (path.kind) {
    case 'predicate':
      return isWritable(path.predicate)
    case 'sequence':
    case 'alternative':
      return path.paths.every(isAskablePath)
    case 'negated':
      return [...path.forward, ...path.backward].every(isWritable)
    default:
      return isAskablePath(path.path)
  }
}

/** Whether all variables that the inputs share are nodes on one side at least, and so no literals. */
function joinsByNodes(inputs: readonly Plan[]): boolean {
  const names = inputs.flatMap((input) => [...variablesOf(input)])
  const shared = new Set(names.filter((name, index) => names.indexOf(name) !== index))
  return [...shared].every((name) => inputs.some((input) => nodesOf(input).has(name)))
}

const areNodes = (names: readonly VariableName[], plan: Plan): boolean => {
  const nodes = nodesOf(plan)
  return names.every((name) => nodes.has(name))
}

const isNode = (expression: Expression, plan: Plan): boolean =>
  expression.kind === 'variable' && nodesOf(plan).has(expression.name)

/** Variables that are certainly bound, and never to a literal: they stand where only nodes and predicates can. */
export function nodesOf(plan: Plan): ReadonlySet<VariableName> {
  switch (plan.kind) {
    case 'pattern':
      return new Set([plan.subject, plan.predicate, plan.graph].filter(isVariable).map(({ value }) => value))
    case 'path':
    case 'graphs':
      return new Set([plan.graph].filter(isVariable).map(({ value }) => value))
    case 'join':
      return new Set(plan.inputs.flatMap((input) => [...nodesOf(input)]))
    case 'union': {
      const [first, ...others] = plan.inputs.map(nodesOf)
      return new Set([...(first ?? [])].filter((name) => others.every((other) => other.has(name))))
    }
    case 'leftJoin':
    case 'minus':
      return nodesOf(plan.left)
    case 'group':
      return new Set(plan.keys.filter((name) => nodesOf(plan.input).has(name)))
    case 'project':
      return new Set(plan.variables.filter((name) => nodesOf(plan.input).has(name)))
    case 'filter':
    case 'extend':
    case 'distinct':
    case 'reduced':
    case 'order':
    case 'slice':
      return nodesOf(plan.input)
    default:
      return new Set()
  }
}

/** Whether the plan's rows come in the order that it asks for. */
export function isOrdered(plan: Plan): boolean {
  if (plan.kind === 'order') return true
  return (plan.kind === 'slice' || plan.kind === 'project' || plan.kind === 'distinct') && isOrdered(plan.input)
}

export const bindsAll = (plan: Plan, names: readonly VariableName[]): boolean => {
  const certain = certainlyBound(plan)
  return names.every((name) => certain.has(name))
}
