import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const { POLYPROV_REFERENCE, CI } = process.env

/** The W3C suites of SPARQL, read in place. */
export const SUITES = join(
  resolve(POLYPROV_REFERENCE ?? join(import.meta.dirname, '../../../shared/reference')),
  'w3c-sparql',
)

/** Whether the suites are there; where they are not, a line says so, and continuous integration fails. */
export function suitesPresent(): boolean {
  if (existsSync(SUITES)) return true
  if (CI === 'true') throw new Error(`The SPARQL test suites are not in ${SUITES}`)
  console.log(`skipped: the SPARQL test suites are not in ${SUITES}`)
  return false
}
