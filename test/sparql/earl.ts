import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DataFactory, Writer } from 'n3'
import type { W3cOutcome } from './outcomes.ts'

const { namedNode, literal, blankNode } = DataFactory

const EARL = 'http://www.w3.org/ns/earl#'
const DOAP = 'http://usefulinc.com/ns/doap#'
const DC = 'http://purl.org/dc/terms/'
const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#'
const XSD = 'http://www.w3.org/2001/XMLSchema#'
const SUBJECT = namedNode('https://www.npmjs.com/package/polyprov')

/** The outcomes in W3C's Evaluation and Report Language (EARL 1.0), as Turtle. */
export function earlReport(outcomes: readonly W3cOutcome[], date: Date): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    version: string
  }
  const writer = new Writer({ prefixes: { earl: EARL, doap: DOAP, dc: DC, xsd: XSD } })
  const earl = (name: string) => namedNode(EARL + name)
  const type = namedNode(`${RDF}type`)
  const when = literal(date.toISOString(), namedNode(`${XSD}dateTime`))
  writer.addQuad(SUBJECT, type, namedNode(`${DOAP}Project`))
  writer.addQuad(SUBJECT, type, earl('TestSubject'))
  writer.addQuad(SUBJECT, namedNode(`${DOAP}name`), literal('polyprov'))
  writer.addQuad(SUBJECT, namedNode(`${DOAP}programming-language`), literal('TypeScript'))
  writer.addQuad(SUBJECT, namedNode(`${DOAP}release`), writer.blank(namedNode(`${DOAP}revision`), literal(version)))
  for (const { test, passed } of outcomes) {
    const assertion = blankNode()
    writer.addQuad(assertion, type, earl('Assertion'))
    writer.addQuad(assertion, earl('assertedBy'), SUBJECT)
    writer.addQuad(assertion, earl('subject'), SUBJECT)
    writer.addQuad(assertion, earl('test'), namedNode(test))
    writer.addQuad(assertion, earl('mode'), earl('automatic'))
    writer.addQuad(
      assertion,
      earl('result'),
      writer.blank([
        { predicate: type, object: earl('TestResult') },
        { predicate: earl('outcome'), object: earl(passed ? 'passed' : 'failed') },
        { predicate: namedNode(`${DC}date`), object: when },
      ]),
    )
  }
  return new Promise((done, failed) => writer.end((error, text) => (error ? failed(error) : done(text))))
}
