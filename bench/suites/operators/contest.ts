import type { Aggregate, Expression, Plan } from '../../../planner/algebra.ts'
import { literal } from '../../../planner/term.ts'
import { DATA, DOUBLE, INTEGER, LEFT, RIGHT } from './data.ts'

/** One operator: as a plan of ours, and for others in their languages. */
export interface Round {
  readonly name: string
  readonly plan: Plan
  /** Milliseconds at most for a million rows. */
  readonly goal?: number
  readonly sql: string
  readonly sparql: string
}

const left: Plan = { kind: 'branch', name: DATA, number: 0, variables: LEFT, bound: LEFT }
const right: Plan = { kind: 'branch', name: DATA, number: 1, variables: RIGHT, bound: RIGHT }
const column = (...variables: readonly string[]): Plan => ({ kind: 'project', input: left, variables })
const variable = (name: string): Expression => ({ kind: 'variable', name })
const above = (name: string, number: string, datatype = INTEGER): Expression => ({
  kind: 'call',
  operator: '>',
  arguments: [variable(name), { kind: 'term', term: literal(number, datatype) }],
})
const countAndSum = (name: string): readonly Aggregate[] => [
  { variable: 'count', function: 'count', distinct: false },
  { variable: 'sum', function: 'sum', distinct: false, expression: variable(name) },
]
const grouped = (name: string): Plan => ({
  kind: 'group',
  input: column('group', name),
  keys: ['group'],
  aggregates: countAndSum(name),
})
const ordered = (name: string, descending: boolean): Plan => ({
  kind: 'order',
  input: column('entity', name),
  by: [{ expression: variable(name), descending }],
})

const PREFIX = 'PREFIX : <http://example.org/vocabulary#>'

/** All rows of the left table, for what is timed without an operator. */
export const ALL: Plan = column('entity', 'double')

export const ROUNDS: readonly Round[] = [
  {
    name: 'hash join, one partner each',
    plan: { kind: 'join', inputs: [column('entity', 'group', 'integer', 'double'), right] },
    goal: 500,
    sql: 'SELECT entity, "group", "integer", "double", other FROM left_rows JOIN right_rows USING (entity)',
    sparql: `${PREFIX} SELECT ?entity ?integer ?other { ?row :entity ?entity ; :integer ?integer . ?entity :other ?other }`,
  },
  {
    name: 'GROUP BY, 1,000 groups, COUNT and SUM of integers',
    plan: grouped('integer'),
    goal: 100,
    sql: 'SELECT "group", count(*), sum("integer") FROM left_rows GROUP BY "group"',
    sparql: `${PREFIX} SELECT ?group (COUNT(*) AS ?count) (SUM(?integer) AS ?sum) { ?row :group ?group ; :integer ?integer } GROUP BY ?group`,
  },
  {
    name: 'GROUP BY, 1,000 groups, COUNT and SUM of distinct doubles',
    plan: grouped('double'),
    sql: 'SELECT "group", count(*), sum("double") FROM left_rows GROUP BY "group"',
    sparql: `${PREFIX} SELECT ?group (COUNT(*) AS ?count) (SUM(?double) AS ?sum) { ?row :group ?group ; :double ?double } GROUP BY ?group`,
  },
  {
    name: 'ORDER BY, 10,000 integers',
    plan: ordered('integer', false),
    goal: 600,
    sql: 'SELECT entity, "integer" FROM left_rows ORDER BY "integer"',
    sparql: `${PREFIX} SELECT ?row ?integer { ?row :integer ?integer } ORDER BY ?integer`,
  },
  {
    name: 'ORDER BY, distinct doubles',
    plan: ordered('double', true),
    goal: 600,
    sql: 'SELECT entity, "double" FROM left_rows ORDER BY "double" DESC',
    sparql: `${PREFIX} SELECT ?row ?double { ?row :double ?double } ORDER BY DESC(?double)`,
  },
  {
    name: 'ORDER BY, distinct strings',
    plan: ordered('label', false),
    goal: 600,
    sql: 'SELECT entity, label FROM left_rows ORDER BY label',
    sparql: `${PREFIX} SELECT ?row ?label { ?row :label ?label } ORDER BY ?label`,
  },
  {
    name: 'DISTINCT, 10,000 of two columns',
    plan: { kind: 'distinct', input: column('group', 'integer') },
    goal: 300,
    sql: 'SELECT DISTINCT "group", "integer" FROM left_rows',
    sparql: `${PREFIX} SELECT DISTINCT ?group ?integer { ?row :group ?group ; :integer ?integer }`,
  },
  {
    name: 'DISTINCT, all of one column',
    plan: { kind: 'distinct', input: column('entity') },
    goal: 300,
    sql: 'SELECT DISTINCT entity FROM left_rows',
    sparql: `${PREFIX} SELECT DISTINCT ?entity { ?row :entity ?entity }`,
  },
  {
    name: 'FILTER, integers',
    plan: { kind: 'filter', input: column('entity', 'integer'), condition: above('integer', '5000') },
    sql: 'SELECT entity, "integer" FROM left_rows WHERE "integer" > 5000',
    sparql: `${PREFIX} SELECT ?row ?integer { ?row :integer ?integer FILTER(?integer > 5000) }`,
  },
  {
    name: 'FILTER, distinct doubles',
    plan: { kind: 'filter', input: column('entity', 'double'), condition: above('double', '1000', DOUBLE) },
    sql: 'SELECT entity, "double" FROM left_rows WHERE "double" > 1000',
    sparql: `${PREFIX} SELECT ?row ?double { ?row :double ?double FILTER(?double > 1000) }`,
  },
]
