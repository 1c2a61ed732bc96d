import type { Expression, OrderKey, Pattern, Plan, VariableName } from '../../planner/algebra.ts'
import { conjuncts } from '../../planner/constructors.ts'
import { certainlyBound, variablesOf, variablesOfExpression } from '../../planner/variables.ts'
import { compatible } from '../../planner/views/term-map.ts'
import { type Cell, type UnfoldOptions, unfold } from '../../planner/views/unfold.ts'
import type { View } from '../../planner/views/view.ts'
import { conditionOf } from '../documents/conditions.ts'
import { derive, withNumber } from './derive.ts'
import { mayBeDecided } from './expressions.ts'
import { groupSolutions } from './group.ts'
import { isExact, type Member, type MemberOptions, patternMember, type Slot, slotOf } from './member.ts'
import { orderClause } from './order.ts'
import {
  filterSolutions,
  joinSolutions,
  leftJoinSolutions,
  type Solutions,
  semiJoinSolutions,
  uniteSolutions,
} from './solutions.ts'
import { type Sql, sql, text } from './sql.ts'

/** A fragment in the form that PostgreSQL answers: SELECTs, and what is done to their rows together. */
export interface PostgresQuery {
  readonly members: readonly Member[]
  /** All variables that rows bind. */
  readonly variables: readonly VariableName[]
  /** Variables of the answer. */
  readonly output: readonly VariableName[]
  /** Rows may repeat a solution, which is to count once. */
  readonly isRepeating: boolean
  readonly distinct: boolean
  /** ORDER BY, of one member. */
  readonly order: Sql
  readonly isOrdered: boolean
  readonly offset: number
  readonly limit?: number
}

/** Members of which each pair is looked at; more are taken to share solutions. */
const MOST_COMPARED = 64

/** Solutions, and what is to be done to them last. */
interface Tail {
  readonly solutions: Solutions
  readonly output: readonly VariableName[]
  readonly order: readonly OrderKey[]
  readonly distinct: boolean
  readonly offset: number
  readonly limit?: number
}

const isSliced = ({ offset, limit }: Tail): boolean => offset > 0 || limit !== undefined

/** Whether a store over tables may be able to decide a condition. */
export const isCondition = (conjunct: Expression): boolean =>
  conditionOf(conjunct) !== undefined || mayBeDecided(conjunct)

/**
 * The fragment as a query over tables, or `undefined` where they cannot answer it whole. `isWhole`: it has to be
 * answered, however many rows that takes.
 */
export function compile(
  fragment: Plan,
  views: readonly View[],
  options: MemberOptions,
  isWhole = false,
): PostgresQuery | undefined {
  const compiler = createCompiler(views, options, isWhole)
  const tail = compiler.tailOf(fragment)
  return tail === undefined ? undefined : compiler.finished(tail)
}

function createCompiler(views: readonly View[], options: MemberOptions, isWhole: boolean) {
  let numbers = 0
  const next = (): number => numbers++

  /** Solutions of a plan, whatever is done to them in it. */
  function solutionsOf(plan: Plan): Solutions | undefined {
    const patterns = patternsOf(plan)
    if (patterns !== undefined) return patternSolutions(patterns)
    switch (plan.kind) {
      case 'empty':
        return { members: [], isRepeating: false, isBag: false }
      case 'join':
        return joinOf(plan.inputs)
      case 'union':
        return all(plan.inputs, uniteSolutions)
      case 'filter': {
        const input = solutionsOf(plan.input)
        return input === undefined ? undefined : filterSolutions(input, plan.condition)
      }
      case 'extend':
        return extended(solutionsOf(plan.input), plan.variable, plan.expression)
      case 'leftJoin':
        return all([plan.left, plan.right], ([left, right]) => leftJoinSolutions(left!, right!, plan.condition))
      case 'minus':
        return all([plan.left, plan.right], ([left, right]) => semiJoinSolutions(left!, right!, 'minus'))
      case 'bindJoin':
        return bindJoinOf(plan)
      case 'group': {
        const input = solutionsOf(plan.input)
        const member = input === undefined ? undefined : groupSolutions(input, plan, namesOfGroup(plan), next)
        return member === undefined ? undefined : { members: [member], isRepeating: false, isBag: false }
      }
      case 'project':
      case 'distinct':
      case 'reduced':
      case 'order':
      case 'slice': {
        const tail = tailOf(plan)
        return tail === undefined ? undefined : settled(tail)
      }
      default:
        return undefined
    }
  }

  function all(
    plans: readonly Plan[],
    combine: (solutions: readonly Solutions[]) => Solutions | undefined,
  ): Solutions | undefined {
    const found: Solutions[] = []
    for (const plan of plans) {
      const solutions = solutionsOf(plan)
      if (solutions === undefined) return undefined
      found.push(solutions)
    }
    return combine(found)
  }

  /** Sets of patterns as one, and last: their tables are then those that others have already. */
  function joinOf(inputs: readonly Plan[]): Solutions | undefined {
    const sets = inputs.map(patternsOf)
    const set = mergedPatterns(sets.flatMap((each) => each ?? []))
    const others = inputs.filter((_, index) => sets[index] === undefined)
    return all(others, ([first, ...rest]) => {
      const own = set === undefined ? [] : [patternSolutions(set)]
      return [...rest, ...own].reduce<Solutions | undefined>(
        (left, right) => (left === undefined || right === undefined ? undefined : joinSolutions(left, right)),
        first,
      )
    })
  }

  function bindJoinOf({ left, right, form, condition }: Plan & { kind: 'bindJoin' }): Solutions | undefined {
    return all([left, right], ([one, other]) => {
      if (form === 'left') return leftJoinSolutions(one!, other!, condition)
      if (condition !== undefined) return undefined
      return form === 'inner' ? joinSolutions(one!, other!) : semiJoinSolutions(one!, other!, form)
    })
  }

  function patternSolutions({ patterns, conditions }: Patterns): Solutions | undefined {
    const records = unfold(patterns, views, options)
    if (records === undefined) return undefined
    const base = numbers
    const members: Member[] = []
    for (const record of records) {
      numbers = Math.max(numbers, base + record.scans.length)
      const member = patternMember(record, options, (scan) => base + scan)
      if (member === 'none') continue
      if (!isWhole && !member.isConnected) return undefined
      members.push(member)
    }
    const solutions = { members, isRepeating: isRepeating(members, options), isBag: false }
    return conditions.reduce<Solutions | undefined>(
      (found, condition) => (found === undefined ? undefined : filterSolutions(found, condition)),
      solutions,
    )
  }

  function extended(
    input: Solutions | undefined,
    variable: VariableName,
    expression: Expression,
  ): Solutions | undefined {
    const members = input?.members.map((member) => extendedMember(member, variable, expression, next))
    if (input === undefined || members === undefined || members.some((member) => member === undefined)) return undefined
    return { ...input, members: members as readonly Member[] }
  }

  /** Takes modifiers off a plan from above, as far as they can be kept last. */
  function tailOf(plan: Plan): Tail | undefined {
    switch (plan.kind) {
      case 'slice': {
        const input = before(plan.input, (tail) => !isSliced(tail))
        return input && { ...input, offset: plan.offset, ...(plan.limit === undefined ? {} : { limit: plan.limit }) }
      }
      case 'distinct': {
        const input = before(plan.input, (tail) => !isSliced(tail))
        return input && { ...input, distinct: true }
      }
      case 'reduced':
        return tailOf(plan.input)
      case 'project': {
        const input = before(plan.input, ({ distinct }) => !distinct)
        return input && { ...input, output: plan.variables }
      }
      case 'order': {
        const input = before(plan.input, (tail) => !isSliced(tail) && !tail.distinct && tail.order.length === 0)
        return input && { ...input, order: plan.by }
      }
      default: {
        const solutions = solutionsOf(plan)
        return solutions && { solutions, output: variablesOf(plan), order: [], distinct: false, offset: 0 }
      }
    }
  }

  /** What is done to a plan's solutions, made a table where more cannot be done to it as it is. */
  function before(plan: Plan, isFree: (tail: Tail) => boolean): Tail | undefined {
    const tail = tailOf(plan)
    if (tail === undefined || isFree(tail)) return tail
    const solutions = settled(tail)
    return solutions && { solutions, output: tail.output, order: [], distinct: false, offset: 0 }
  }

  /** The solutions that a tail leaves. */
  function settled(tail: Tail): Solutions | undefined {
    const { solutions, output, distinct } = tail
    if (!distinct && !isSliced(tail)) return projected(solutions, output)
    const ordered = tail.order.length === 0 && !(distinct && isSliced(tail)) ? tail : single(tail)
    if (ordered === undefined) return undefined
    const clause = (member: Member) => {
      const order = orderClause(member, ordered.order)
      return order && [...order, ...limitClause(ordered)]
    }
    const member = derive(ordered.solutions, output, next(), {
      distinct: ordered.distinct,
      ...(isSliced(ordered) ? { tail: clause } : {}),
    })
    if (member !== undefined) return { members: [member], isRepeating: false, isBag: !distinct }
    return undefined
  }

  /** The tail over one member, whose rows are the answer's: what is to be distinct is so already. */
  function single(tail: Tail): Tail | undefined {
    const { solutions, order, output, distinct } = tail
    const [only, more] = solutions.members
    if (only === undefined) return { ...tail, order: [], distinct: false }
    const isDone = more === undefined && !solutions.isRepeating && !distinct
    if (isDone) return tail
    const names = [...new Set([...output, ...order.flatMap(({ expression }) => variablesOfExpression(expression))])]
    // What rows are sorted by has to be part of what makes them one.
    if (distinct && names.length > output.length) return undefined
    const each = solutions.isRepeating && !distinct ? variablesOfSolutions(solutions) : names
    const member = derive(solutions, each, next(), { distinct: distinct || solutions.isRepeating })
    if (member === undefined) return undefined
    return { ...tail, distinct: false, solutions: { members: [member], isRepeating: false, isBag: solutions.isBag } }
  }

  function finished(tail: Tail): PostgresQuery | undefined {
    const isSortedBySql = tail.order.length > 0
    // A LIMIT of distinct rows is the database's where it can tell them apart.
    const kept = isSortedBySql ? single(tail) : tail.distinct && isSliced(tail) ? (single(tail) ?? tail) : tail
    if (kept === undefined) return undefined
    const { solutions, output, distinct, offset, limit } = kept
    const [member] = solutions.members
    const order = member === undefined || !isSortedBySql ? [] : orderClause(member, kept.order)
    if (order === undefined) return undefined
    return {
      members: solutions.members,
      variables: variablesOfSolutions(solutions),
      output,
      isRepeating: solutions.isRepeating,
      distinct,
      order,
      isOrdered: isSortedBySql,
      offset,
      ...(limit === undefined ? {} : { limit }),
    }
  }

  return { tailOf, finished }
}

/** LIMIT and OFFSET. */
export function limitClause({ limit, offset }: { readonly limit?: number; readonly offset: number }): Sql {
  const first = limit === undefined ? [] : sql` LIMIT ${text(String(limit))}::int8`
  return offset === 0 ? first : sql`${first} OFFSET ${text(String(offset))}::int8`
}

const variablesOfSolutions = ({ members }: Solutions): readonly VariableName[] => [
  ...new Set(members.flatMap(({ slots }) => slots.flatMap(({ variable }) => variable ?? []))),
]

/** Patterns joined, and conditions on what they bind. */
interface Patterns {
  readonly patterns: readonly Pattern[]
  readonly conditions: readonly Expression[]
}

function patternsOf(plan: Plan): Patterns | undefined {
  switch (plan.kind) {
    case 'pattern':
      return { patterns: [plan], conditions: [] }
    case 'join': {
      const inputs = plan.inputs.map(patternsOf)
      return inputs.some((input) => input === undefined) ? undefined : mergedPatterns(inputs as readonly Patterns[])
    }
    case 'filter': {
      const input = patternsOf(plan.input)
      if (input === undefined) return undefined
      const certain = certainlyBound(plan.input)
      const own = conjuncts(plan.condition)
      const isOwn = own.every((each) => variablesOfExpression(each).every((name) => certain.has(name)))
      return isOwn ? { ...input, conditions: [...input.conditions, ...own] } : undefined
    }
    default:
      return undefined
  }
}

const mergedPatterns = (inputs: readonly Patterns[]): Patterns | undefined =>
  inputs.length === 0
    ? undefined
    : {
        patterns: inputs.flatMap(({ patterns }) => patterns),
        conditions: inputs.flatMap(({ conditions }) => conditions),
      }

const namesOfGroup = ({ keys, aggregates }: Plan & { kind: 'group' }): readonly VariableName[] => [
  ...new Set([
    ...keys,
    ...aggregates.flatMap(({ expression }) => (expression === undefined ? [] : variablesOfExpression(expression))),
  ]),
]

/** The solutions with some of their variables; rows that are looked at again keep theirs. */
function projected(solutions: Solutions, names: readonly VariableName[]): Solutions | undefined {
  const hidden = variablesOfSolutions(solutions).filter((name) => !names.includes(name))
  if (hidden.length === 0) return solutions
  if (solutions.isRepeating || !solutions.members.every(isExact)) return undefined
  const members = solutions.members.map((member): Member => {
    const { renumbered: _, ...rest } = member
    return { ...rest, slots: member.slots.filter(({ variable }) => variable !== undefined && names.includes(variable)) }
  })
  return { members, isRepeating: false, isBag: true }
}

function extendedMember(
  member: Member,
  variable: VariableName,
  expression: Expression,
  next: () => number,
): Member | undefined {
  const withSlot = (slot: Slot): Member => {
    const { renumbered: _, ...rest } = member
    return { ...rest, slots: [...member.slots, slot] }
  }
  switch (expression.kind) {
    case 'term':
      return withSlot({ variable, term: expression.term, cells: [], isChecked: true })
    case 'variable': {
      const slot = slotOf(member, expression.name)
      return slot === undefined ? member : withSlot({ ...slot, variable })
    }
    default:
      return withNumber(member, variable, expression, next())
  }
}

/** Whether rows of the members may repeat a solution, within one or between two. */
function isRepeating(members: readonly Member[], options: UnfoldOptions): boolean {
  if (members.length > MOST_COMPARED || members.some(({ isUnique }) => !isUnique)) return true
  return members.some((one, index) => members.slice(index + 1).some((other) => mayShare(one, other, options)))
}

/** Whether two members could give the same solution: no variable keeps them apart. */
function mayShare(one: Member, other: Member, options: UnfoldOptions): boolean {
  return one.slots.every((slot) => {
    const { variable } = slot
    if (variable === undefined) return true
    const also = slotOf(other, variable)!
    return mapsOf(slot).every((map) => mapsOf(also).every((second) => compatible(map, second, options)))
  })
}

const mapsOf = ({ term, cells }: Slot): readonly Cell['map'][] =>
  term === undefined || term.termType === 'BlankNode' ? cells.map(({ map }) => map) : [{ kind: 'constant', term }]
