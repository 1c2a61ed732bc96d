import { parseStoredQuery } from '../configuration/stored-query.ts'
import type { StoredQuery } from '../polystore.ts'
import { Q1 } from './q1.ts'
import { Q2 } from './q2.ts'
import { Q3 } from './q3.ts'
import { Q4 } from './q4.ts'
import { Q5 } from './q5.ts'
import { Q6 } from './q6.ts'

const TEXTS = { q1: Q1, q2: Q2, q3: Q3, q4: Q4, q5: Q5, q6: Q6 }

/** The stored queries that every polystore comes with: the six questions, over the published vocabulary alone. */
export const BUILTIN_QUERIES: readonly StoredQuery[] = Object.entries(TEXTS).map(([id, text]) => ({
  ...parseStoredQuery(id, text),
  builtin: true,
}))
