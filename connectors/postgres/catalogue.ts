import { PolyprovError } from '../../planner/errors.ts'
import type { Term } from '../../planner/term.ts'
import type { PostgresConfig } from './config.ts'
import { arrayLiteral, type Database, type Statement } from './database.ts'
import { type Histogram, histogramOf } from './histogram.ts'
import { describeQuery, querySql } from './query-tables.ts'
import type { Sql } from './sql.ts'
import { type ColumnType, columnType, quoted } from './types.ts'

export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly nullable: boolean
  /** The collation's name, quoted; absent: the type has none. */
  readonly collation?: string
  /** Whether equal texts are the same bytes. */
  readonly isDeterministic: boolean
  /** Distinct values: a number, or negative a share of the rows; 0 where nothing is known. */
  readonly distinct: number
  readonly nullShare: number
  /** How the values of a column of numbers lie, where PostgreSQL has looked. */
  readonly histogram?: Histogram
  /** Of a column that a query computes as a text: the term that it stands for. */
  readonly term?: (text: string) => Term | undefined
}

/** What FROM can list: a table, or a query in brackets. */
export interface Relation {
  readonly sql: string | Sql
  readonly columns: ReadonlyMap<string, Column>
  /** Columns that tell rows apart, the primary key first. */
  readonly keys: readonly (readonly string[])[]
  /** Rows at the last look; roughly for large tables. */
  readonly rows: number
}

export interface Table extends Relation {
  /** As the mapping names it. */
  readonly collection: string
  /** As SQL names it. */
  readonly sql: string
  /** Bytes on disk; 0 for what has none. */
  readonly bytes: number
}

export interface Catalogue {
  /** `server_version_num`. */
  readonly version: number
  /** Whether texts in the order of their bytes are in the order of their code points. */
  readonly isUnicode: boolean
  readonly tables: ReadonlyMap<string, Table>
}

export interface CatalogueColumn {
  readonly name: string
  readonly type: string
  readonly schema: string
  readonly category: string
  readonly modifier: number
  readonly nullable: boolean
  readonly collation: string | null
  readonly deterministic: boolean | null
  readonly distinct: number | null
  readonly nulls: number | null
  readonly bounds?: string | null
}

export interface CatalogueTable {
  readonly schema: string
  readonly name: string
  readonly rows: number
  readonly bytes: number
  readonly columns: readonly CatalogueColumn[] | null
  readonly keys: readonly (readonly string[])[] | null
}

/** Everything that is asked of the catalogue, in one statement; domains by the type they are over. */
const LOOK = `SELECT current_setting('server_version_num'), current_setting('server_encoding'), coalesce((
  SELECT json_agg(found) FROM (
    SELECT n.nspname AS schema, c.relname AS name, greatest(c.reltuples, 0) AS rows,
      CASE WHEN c.relkind IN ('r', 'm', 'p') THEN pg_total_relation_size(c.oid) ELSE 0 END AS bytes,
      (SELECT json_agg(json_build_object(
          'name', a.attname, 'type', coalesce(b.typname, t.typname), 'schema', tn.nspname,
          'category', coalesce(b.typcategory, t.typcategory),
          'modifier', CASE WHEN b.oid IS NULL THEN a.atttypmod ELSE t.typtypmod END,
          'nullable', NOT (a.attnotnull OR t.typnotnull),
          'collation', CASE WHEN o.oid IS NOT NULL THEN quote_ident(os.nspname) || '.' || quote_ident(o.collname) END,
          'deterministic', o.collisdeterministic,
          'distinct', s.n_distinct, 'nulls', s.null_frac,
          'bounds', CASE WHEN coalesce(b.typcategory, t.typcategory) = 'N' THEN s.histogram_bounds::text END) ORDER BY a.attnum)
        FROM pg_attribute a
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
        JOIN pg_namespace tn ON tn.oid = coalesce(b.typnamespace, t.typnamespace)
        LEFT JOIN pg_collation o ON o.oid = a.attcollation
        LEFT JOIN pg_namespace os ON os.oid = o.collnamespace
        LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname AND NOT s.inherited
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
      (SELECT json_agg(k.columns ORDER BY k.is_primary DESC, k.width, k.index)
        FROM (SELECT i.indexrelid AS index, i.indisprimary AS is_primary, i.indnkeyatts AS width,
            (SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum = ANY((i.indkey::int2[])[0:i.indnkeyatts - 1])) AS columns
          FROM pg_index i
          WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate
            AND i.indpred IS NULL AND i.indexprs IS NULL) k) AS keys
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND (c.relname = ANY($1::text[]) AND CASE WHEN $2::text = '' THEN pg_table_is_visible(c.oid) ELSE n.nspname = $2::text END
        OR n.nspname || '.' || c.relname = ANY($1::text[]))) found)::text, '[]')`

const look = (collections: readonly string[], schema: string): Statement => ({
  text: LOOK,
  values: [arrayLiteral(collections.filter((name) => !name.includes('\0'))), schema],
})

/** What a mapping's records come from, and the views over it. */
export interface Collection {
  readonly name: string
  readonly isQuery: boolean
  readonly views: readonly string[]
}

/**
 * The tables that the mapping names, and its queries.
 * @throws PolyprovError `configuration` for a declared key that is none of the table's columns
 */
export async function readCatalogue(
  database: Database,
  collections: readonly Collection[],
  { id, schema = '', keys }: Pick<PostgresConfig, 'id' | 'schema' | 'keys'>,
  signal: AbortSignal,
): Promise<Catalogue> {
  const names = collections.flatMap(({ name, isQuery }) => (isQuery ? [] : [name]))
  const [row] = await database.query(look(names, schema), signal)
  const found = JSON.parse(row?.[2] ?? '[]') as readonly CatalogueTable[]
  const tables = new Map<string, Table>()
  for (const { name: query, isQuery, views } of collections) {
    if (!isQuery) continue
    const table = await describeQuery(database, id, query, signal)
    const own = views.flatMap((view) => declared(id, view, table, keys))
    tables.set(query, { ...tableOf(query, table, own), sql: querySql(query, table) })
  }
  for (const collection of names) {
    const named =
      found.find((table) => `${table.schema}.${table.name}` === collection) ??
      found.find((table) => table.name === collection)
    if (named !== undefined) tables.set(collection, tableOf(collection, named, declared(id, collection, named, keys)))
  }
  return { version: Number(row?.[0] ?? 0), isUnicode: row?.[1] === 'UTF8', tables }
}

function declared(
  store: string,
  collection: string,
  table: CatalogueTable,
  keys: PostgresConfig['keys'],
): readonly (readonly string[])[] {
  const key = Object.hasOwn(keys, collection) ? keys[collection]! : undefined
  if (key === undefined) return []
  const unknown = key.find((name) => table.columns?.some((column) => column.name === name) !== true)
  if (unknown === undefined) return [key]
  throw new PolyprovError(
    'configuration',
    `Store '${store}': keys.${collection} names '${unknown}', which is no column of the table; it has ${(table.columns ?? []).map(({ name }) => name).join(', ')}`,
    { store },
  )
}

function tableOf(collection: string, table: CatalogueTable, declaredKeys: readonly (readonly string[])[]): Table {
  return {
    collection,
    sql: `${quoted(table.schema)}.${quoted(table.name)}`,
    columns: new Map((table.columns ?? []).map((column) => [column.name, columnOf(column)])),
    keys: [...(table.keys ?? []), ...declaredKeys],
    rows: table.rows,
    bytes: table.bytes,
  }
}

function columnOf(column: CatalogueColumn): Column {
  const histogram = histogramOf(column.bounds)
  return {
    name: column.name,
    type: columnType(column.schema, column.type, column.category, column.modifier),
    nullable: column.nullable,
    ...(column.collation === null ? {} : { collation: column.collation }),
    isDeterministic: column.deterministic ?? true,
    distinct: column.distinct ?? 0,
    nullShare: column.nulls ?? 0,
    ...(histogram === undefined ? {} : { histogram }),
  }
}
