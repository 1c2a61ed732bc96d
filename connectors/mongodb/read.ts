import type { Db } from 'mongodb'
import type { VariableName } from '../../planner/algebra.ts'
import type { Term } from '../../planner/term.ts'
import type { RecordQuery, UnfoldOptions } from '../../planner/views/unfold.ts'
import type { Batch, Request } from '../connector.ts'
import {
  type DocumentsQuery,
  type Filter,
  filterOf,
  mongoPath,
  nativeText,
  type Restrictions,
} from '../documents/compile.ts'
import { answerOf } from '../documents/execute.ts'
import { termCondition } from '../documents/term-tests.ts'
import { fieldKnowledge, pushedCondition } from './conditions.ts'
import type { MongodbConfig } from './config.ts'
import { withoutDecided } from './decided.ts'
import { bsonFilter } from './filter.ts'
import { type Asked, find } from './find.ts'
import type { CollectionKnowledge } from './knowledge.ts'
import { projectionOf } from './projection.ts'
import type { BsonClasses } from './values.ts'

/** A database as queries see it. */
export interface Database {
  readonly config: MongodbConfig
  readonly bson: BsonClasses
  readonly options: UnfoldOptions
  readonly db: Db
  /** What is known of a collection. */
  knowledge(collection: string): CollectionKnowledge
}

type Conditions = NonNullable<Restrictions['conditions']>

/** The answer of a query, compatible with one of the rows of `bindings`. */
export function execute(
  query: DocumentsQuery,
  database: Database,
  request: Request & { readonly bindings?: Batch | undefined },
): AsyncGenerator<Batch> {
  // A document with several of the keys in an array is found by each block of them.
  const read = withoutDecided(query, request.bindings?.variables ?? [], database)
  const whole = request.bindings === undefined ? read : { ...read, repeating: true }
  return answerOf(
    whole,
    database.options,
    (member, scan, restrictions) => readRecords(query, member, scan, restrictions, database, request),
    request,
  )
}

/** The documents of one scan, whose keys are asked for in blocks. */
export async function* readRecords(
  query: DocumentsQuery,
  member: RecordQuery,
  scan: number,
  restrictions: Restrictions,
  database: Database,
  request: Request,
): AsyncGenerator<readonly unknown[]> {
  const { collection } = member.scans[scan]!
  const pushed = { ...restrictions, conditions: conditionsFor(query, member, database) }
  for (const block of blocksOf(member, scan, pushed, database)) {
    const filter = scanFilter(member, scan, block, database)
    if (filter === undefined) continue
    const asked: Asked = {
      filter,
      projection: projectionOf(member, scan),
      batch: batchOf(query),
    }
    yield* find(database.db.collection(collection), asked, request, database.config, database.bson)
  }
}

/** The filter of one scan as it is sent; `undefined`: nothing can be found. */
export function scanFilter(
  member: RecordQuery,
  scan: number,
  restrictions: Restrictions,
  { options, knowledge, bson }: Pick<Database, 'options' | 'knowledge' | 'bson'>,
): Filter | undefined {
  const filter = filterOf(member, scan, options, restrictions)
  const { schema } = knowledge(member.scans[scan]!.collection)
  return filter === undefined ? undefined : bsonFilter(filter, schema, bson)
}

/** The query's conditions as they are asked of the field behind a variable. */
export function conditionsFor(
  { conditions }: DocumentsQuery,
  member: RecordQuery,
  { knowledge: knowledgeOf, bson }: Pick<Database, 'knowledge' | 'bson'>,
): Conditions {
  const all = conditions.map((conjunct) => termCondition(conjunct)!)
  return (variable, { map, scan }) => {
    const source = member.scans[scan]!
    const path = map.kind === 'field' ? mongoPath(map.field, source)?.split('.') : undefined
    if (path === undefined) return []
    const knowledge = fieldKnowledge(knowledgeOf(source.collection).schema, path)
    return (
      all
        .filter((each) => each.variable === variable)
        .map((each) => pushedCondition(each, map, knowledge, bson))
        // An expression takes a number in a path for the name of a field.
        .filter(
          (asked) => asked !== undefined && !(typeof asked === 'function' && path.some((name) => /^\d+$/.test(name))),
        )
    )
  }
}

/** Documents of a batch, however few are wanted: some may give no row. */
const FEWEST_DOCUMENTS = 100

/** Documents that are wanted, where that is known to be few. */
const batchOf = ({ limit, offset, conditions, distinct, repeating }: DocumentsQuery): number | undefined =>
  limit === undefined || conditions.length > 0 || distinct || repeating
    ? undefined
    : Math.max(FEWEST_DOCUMENTS, limit + offset)

/** Characters of keys in one request: in every form, they stay far below the 16 MiB of a command. */
const MOST_CHARACTERS = 1_000_000

/**
 * The restrictions with the most values of a variable in blocks that one filter can hold; of other variables with too
 * many values none are asked for.
 */
function* blocksOf(
  member: RecordQuery,
  scan: number,
  restrictions: Restrictions,
  database: Database,
): Generator<Restrictions> {
  const keys = restrictions.keys ?? new Map<VariableName, readonly Term[]>()
  const small = new Map<VariableName, readonly Term[]>()
  const large: (readonly [VariableName, readonly (readonly Term[])[]])[] = []
  for (const [name, terms] of keys) {
    const blocks = cut(terms, database.config.keys)
    if (blocks.length < 2) small.set(name, terms)
    else if (narrows(member, scan, name, blocks[0]!, database)) large.push([name, blocks])
  }
  const [chosen] = large.sort(([, one], [, other]) => one.length - other.length)
  if (chosen === undefined) {
    yield { ...restrictions, keys: small }
    return
  }
  for (const block of chosen[1]) yield { ...restrictions, keys: new Map([...small, [chosen[0], block]]) }
}

/** Whether the values of a variable can be asked of a scan at all. */
function narrows(
  member: RecordQuery,
  scan: number,
  name: VariableName,
  terms: readonly Term[],
  { options }: Database,
): boolean {
  const asked = filterOf(member, scan, options, { keys: new Map([[name, terms]]) })
  return asked === undefined || nativeText(asked) !== nativeText(filterOf(member, scan, options))
}

function cut(terms: readonly Term[], most: number): readonly (readonly Term[])[] {
  const blocks: Term[][] = [[]]
  let characters = 0
  for (const term of terms) {
    const block = blocks.at(-1)!
    characters += term.value.length
    if (block.length < most && (characters <= MOST_CHARACTERS || block.length === 0)) {
      block.push(term)
      continue
    }
    blocks.push([term])
    characters = term.value.length
  }
  return blocks
}
