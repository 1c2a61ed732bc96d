import { DuckDBInstance } from '@duckdb/node-api'
import { type Timed, timed } from '../../measure.ts'
import { GROUPS, INTEGERS, SHUFFLE, WARM_UP } from './data.ts'

/** The tables of `createData`: IRIs are their ids, as the engine's operators have them, numbers and strings are values. */
const TABLES = (rows: number): readonly string[] => {
  const shuffled = `(i * ${SHUFFLE}) % ${rows}`
  return [
    `CREATE TABLE left_rows AS SELECT i::UINTEGER AS entity,
       (${rows} + (${shuffled}) % ${GROUPS})::UINTEGER AS "group",
       ((${shuffled}) % ${INTEGERS})::INTEGER AS "integer",
       (((i * 7919) % ${rows}) / 64.0)::DOUBLE AS "double",
       'Survey ' || ((i * 7919) % ${rows}) || ' of the shelf' AS label
     FROM range(${rows}) AS numbers(i)`,
    `CREATE TABLE right_rows AS SELECT (${shuffled})::UINTEGER AS entity, (i % ${INTEGERS})::INTEGER AS other
     FROM range(${rows}) AS numbers(i)`,
  ]
}

/**
 * Times of SQL over tables in memory, by as many threads as DuckDB takes; each chunk of the answer is fetched as columns,
 * and none of its values is made a JavaScript value.
 */
export async function duckdb(
  rows: number,
  queries: readonly string[],
  repeat: number,
  expected: readonly number[],
): Promise<readonly Timed[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    for (const statement of TABLES(rows)) await connection.run(statement)
    const times: Timed[] = []
    for (const [i, query] of queries.entries()) {
      let found = 0
      const durations = await timed(
        async () => {
          found = 0
          const result = await connection.stream(query)
          for (;;) {
            const chunk = await result.fetchChunk()
            if (chunk === null || chunk.rowCount === 0) break
            for (let column = 0; column < chunk.columnCount; column++) chunk.getColumnVector(column)
            found += chunk.rowCount
          }
        },
        repeat,
        WARM_UP,
      )
      if (found !== expected[i]) throw new Error(`DuckDB answers ${query} with ${found} rows, not ${expected[i]}`)
      times.push(durations)
    }
    return times
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
