import type { Bindings } from './connector.ts'

/**
 * The rows left-joined with those of an OPTIONAL group (SPARQL 1.1, section 18.5): for one data reference, whose rows
 * are few.
 */
export function leftJoinRows(rows: readonly Bindings[], optional: readonly Bindings[]): Bindings[] {
  return rows.flatMap((row) => {
    const partners = optional.filter((other) => areCompatible(row, other))
    return partners.length === 0 ? [row] : partners.map((other) => ({ ...other, ...row }))
  })
}

const areCompatible = (row: Bindings, other: Bindings): boolean =>
  Object.entries(other).every(([name, term]) => {
    const own = row[name]
    return own === undefined || term === undefined || own.equals(term)
  })
