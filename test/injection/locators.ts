import { expect } from 'vitest'
import { openColumnar } from '../../connectors/columnar/index.ts'
import { type Connector, objectIri } from '../../connectors/connector.ts'
import { writeTerm } from '../../connectors/sparql/write-term.ts'
import { PL, SEGY } from '../../planner/namespaces.ts'
import { iri, literal, quad } from '../../planner/term.ts'
import { open } from '../../src/open.ts'
import type { Polystore } from '../../src/polystore.ts'
import { cubeReader, grid } from '../unit/segy/synthetic.ts'
import { NASTY, UNSTORABLE } from './nasty.ts'
import { BASE } from './notes.ts'

/** What no store may find: ways out of it, and names that none can have. */
const OUTSIDE: readonly string[] = [
  ...['../secret.sgy', '..', '.', './', 'a/../../secret.sgy', '/secret.sgy', '..\\secret.sgy', '%2e%2e/secret.sgy'],
  ...[
    '//',
    '',
    '\0',
    'plain.sgy\0',
    'plain.sgy/',
    'plain.sgy#',
    'plain.sgy?versionId=1',
    'PLAIN.SGY',
    'x'.repeat(2_000),
  ],
  ...UNSTORABLE.map((text) => `${text}.sgy`),
]

/** Objects by nasty names, as long as a file system takes them. */
export const OBJECTS: readonly string[] = [
  'plain.sgy',
  ...NASTY.filter((text) => Buffer.byteLength(text) < 200 && !/[/\\]/.test(text)).map((text) => `${text}.sgy`),
]

/** A tiny survey. */
export async function survey(inlines: number): Promise<Uint8Array> {
  const reader = cubeReader({ samples: 4, ...grid({ inlines, crosslines: 2 }) })
  return reader.read(0, reader.size)
}

/**
 * Asks a store of objects named {@link OBJECTS}, each a survey of 3 inlines, for these and for others, by reference and
 * by name: it must answer of its own objects and of nothing else.
 */
export async function expectOwnObjectsOnly(connector: Connector): Promise<void> {
  const locators = [...new Set([...OBJECTS, ...OUTSIDE])]
  const provenance = await openColumnar(
    { id: 'provenance', type: 'columnar', role: 'provenance' },
    { base: BASE, folder: '.' },
  )
  await provenance.write({
    add: locators
      .filter((locator) => !/[\ud800-\udfff]/u.test(locator))
      .flatMap((locator, i) => [
        quad(iri(`urn:r${i}`), iri(`${PL}value`), literal(locator)),
        quad(iri(`urn:r${i}`), iri(`${PL}isStoredInStore`), iri(connector.iri)),
      ]),
  })
  const found = new Set(OBJECTS)
  {
    await using polystore = await open({ base: BASE, stores: [] }, { connectors: [connector, provenance] })
    const text = `SELECT ?l ?n { ?r <${PL}value> ?l ; <${SEGY}inlineCount> ?n FILTER(?l IN (${[...found].map((each) => writeTerm(literal(each))).join()})) }`
    const rows = await polystore.query(text).toArray()
    expect(rows.filter(({ ['n']: n }) => n !== 3)).toEqual([])
    expect(rows.map(({ ['l']: locator }) => locator).sort()).toEqual([...found].sort())
    for (const locator of OUTSIDE.filter((each) => !found.has(each))) {
      const one = `SELECT ?n { ?r <${PL}value> $l ; <${SEGY}inlineCount> ?n }`
      const outcome = await outcomeOf(polystore, one, locator)
      expect(outcome === 'nothing' || /^(missing-object|forbidden)$/.test(outcome), `${locator}: ${outcome}`).toBe(true)
    }
  }
}

/** The same by the IRIs of objects. */
export async function expectOwnNamesOnly(connector: Connector): Promise<void> {
  await using polystore = await open({ base: BASE, stores: [] }, { connectors: [connector] })
  for (const locator of [...OBJECTS, ...OUTSIDE]) {
    if (/[\ud800-\udfff]/u.test(locator)) continue
    const parameters = { o: iri(objectIri(BASE, connector.id, locator)) }
    const rows = await polystore
      .query(`SELECT ?n { $o <${SEGY}inlineCount> ?n }`, { parameters })
      .toArray()
      .catch(codeOf)
    if (OBJECTS.includes(locator)) expect(rows).toEqual([{ n: 3, o: parameters.o.value }].map(({ n }) => ({ n })))
    else expect(Array.isArray(rows) ? rows.length === 0 : /^(missing-object|forbidden)$/.test(rows), locator).toBe(true)
  }
}

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? String(error)

async function outcomeOf(polystore: Polystore, text: string, locator: string): Promise<string> {
  const rows = polystore.query(text, { parameters: { l: literal(locator) } })
  return rows.toArray().then((all) => (all.length === 0 ? 'nothing' : `${all.length} rows`), codeOf)
}
