import { PolyprovError } from '../../planner/errors.ts'
import type { CatalogueColumn, CatalogueTable } from './catalogue.ts'
import type { Database } from './database.ts'
import { quoted } from './types.ts'

/** A query in brackets: on lines of its own, for it may end in a comment. */
const bracketed = (query: string): string => `(\n${query}\n)`

/** A query of a mapping file as FROM lists it: its texts by their bytes, whatever collation they come with. */
export function querySql(query: string, { columns }: CatalogueTable): string {
  if (columns?.every(({ collation }) => collation === null) !== false) return bracketed(query)
  const items = columns.map(({ name, collation }) =>
    collation === null ? quoted(name) : `${quoted(name)} COLLATE "C" AS ${quoted(name)}`,
  )
  return `(SELECT ${items.join(', ')} FROM ${bracketed(query)} AS q)`
}

/**
 * The columns of a mapping's query, and how many rows PostgreSQL takes it to have.
 * @throws PolyprovError `configuration` where it is no query
 */
export async function describeQuery(
  database: Database,
  store: string,
  query: string,
  signal: AbortSignal,
): Promise<CatalogueTable> {
  try {
    const names = await database.columns(`SELECT * FROM ${bracketed(query)} AS q LIMIT 0`, signal)
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) throw new PolyprovError('configuration', `it gives the column '${twice}' twice`)
    const [[columns] = []] = await database.query({ text: columnsOf(query, names), values: [] }, signal)
    const [[plan = ''] = []] = await database.query({ text: `EXPLAIN ${query}`, values: [] }, signal)
    const rows = Number(/ rows=(\d+) /.exec(plan ?? '')?.[1] ?? 0)
    return {
      schema: '',
      name: '',
      rows,
      bytes: 0,
      columns: JSON.parse(columns!) as readonly CatalogueColumn[],
      keys: [],
    }
  } catch (error) {
    if (!(error instanceof PolyprovError) || error.code === 'store-timeout') throw error
    const reason = error.message.replace(/^Store '.*?' failed: /, '')
    throw new PolyprovError('configuration', `Store '${store}': the query ${JSON.stringify(query)} fails: ${reason}`, {
      store,
    })
  }
}

/** Types of the columns, which are known of expressions even where there is no row. */
function columnsOf(query: string, names: readonly string[]): string {
  const items = names.map((name, index) => {
    const column = `q.${quoted(name)}`
    const text = `'${name.replaceAll("'", "''")}'`
    return `SELECT ${index} AS n, ${text} AS name, pg_typeof(${column})::oid AS type FROM (SELECT) AS d LEFT JOIN ${bracketed(query)} AS q ON FALSE`
  })
  return `SELECT json_agg(json_build_object(
      'name', c.name, 'type', coalesce(b.typname, t.typname), 'schema', n.nspname,
      'category', coalesce(b.typcategory, t.typcategory), 'modifier', -1, 'nullable', TRUE,
      'collation', CASE WHEN t.typcollation <> 0 THEN 'pg_catalog."C"' END,
      'deterministic', TRUE, 'distinct', NULL, 'nulls', NULL) ORDER BY c.n)::text
    FROM (${items.join(' UNION ALL ')}) AS c
    JOIN pg_type t ON t.oid = c.type
    LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
    JOIN pg_namespace n ON n.oid = coalesce(b.typnamespace, t.typnamespace)`
}
