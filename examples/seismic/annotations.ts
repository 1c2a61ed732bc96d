import { readFile, writeFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Parser, type Quad, Writer } from 'n3'
import { PolyprovError } from '../../planner/errors.ts'
import { RDF, RDFS, XSD } from '../../planner/namespaces.ts'
import { OG } from './settings.ts'
import type { Fault, SyntheticSurvey } from './synthetic-survey.ts'

const PREFIXES = { og: OG, rdf: RDF, rdfs: RDFS, xsd: XSD }

/** What geoscientists noted of one survey. */
export interface Annotation {
  /** IRI of the survey in the triple store. */
  readonly resource: string
  /** Faults that they picked. */
  readonly faults: readonly Fault[]
}

const number = (value: number): string => `"${value}"^^xsd:decimal`

/** IRI of a synthetic survey in the triple store. */
export const annotationResource = ({ name }: SyntheticSurvey): string => `${OG.replace(/#$/, '')}/survey/${name}`

/** A geoscientist's notes on a synthetic survey: where it is, and the faults in it. */
export function annotationTurtle(survey: SyntheticSurvey, locator: string): string {
  const resource = annotationResource(survey)
  const faults = survey.faults.map(
    (fault, index) => `<${resource}/fault/${index + 1}> a og:Fault ;
  og:inSurvey <${resource}> ;
  og:crossline ${number(fault.crossline)} ;
  og:crosslinesPerInline ${number(fault.perInline)} ;
  og:crosslinesPerSample ${number(fault.perSample)} ;
  og:throwSamples ${number(fault.throw)} .
`,
  )
  return `@prefix og: <${OG}> .
@prefix rdfs: <${RDFS}> .
@prefix xsd: <${XSD}> .

# Notes on a synthetic survey: the faults are the ones that it was made with.
<${resource}> a og:Survey ;
  rdfs:label ${JSON.stringify(survey.title)} ;
  og:file ${JSON.stringify(locator)} ;
  og:basin ${JSON.stringify(survey.basin)} ;
  og:field ${JSON.stringify(survey.field)} .

${faults.join('\n')}`
}

/** Parses Turtle; the file's own place is the base of relative IRIs. */
export async function readAnnotations(path: string): Promise<Quad[]> {
  const text = await readFile(path, 'utf8')
  try {
    return new Parser({ baseIRI: pathToFileURL(path).href }).parse(text)
  } catch (error) {
    throw new PolyprovError('usage', `${path} is no Turtle: ${(error as Error).message}`, { cause: error })
  }
}

/** Writes annotations found beside real surveys where the example's triple store reads them. */
export async function writeAnnotations(path: string, quads: readonly Quad[]): Promise<void> {
  const writer = new Writer({ prefixes: PREFIXES })
  for (const quad of quads) writer.addQuad(quad)
  const text = await new Promise<string>((resolve, reject) => {
    writer.end((error: Error | null, result: string) => (error ? reject(error) : resolve(result)))
  })
  await writeFile(path, text)
}

/** Properties that may tell which file an annotated survey is. */
const NAMING = new Set([
  `${OG}file`,
  `${RDFS}label`,
  'http://purl.org/dc/terms/identifier',
  'http://purl.org/dc/terms/title',
  'http://purl.org/dc/terms/source',
  'http://schema.org/name',
  'https://schema.org/name',
])

/** Whether a resource, or one of its names, is the file's: its path, its name, or its name without the extension. */
function namesFile(resource: string, names: readonly string[], locator: string): boolean {
  const file = basename(locator)
  const wanted = new Set([locator, file, basename(file, extname(file))])
  const last = decodeSafely(resource.split(/[#/:]/).at(-1) ?? '')
  return wanted.has(last) || names.some((name) => wanted.has(name))
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function faultsOf(quads: readonly Quad[], survey: string): Fault[] {
  const subjects = quads.filter(
    ({ predicate, object }) => predicate.value === `${OG}inSurvey` && object.value === survey,
  )
  return subjects.flatMap(({ subject }) => {
    const value = (name: string): number => {
      const found = quads.find((quad) => quad.subject.equals(subject) && quad.predicate.value === OG + name)
      return Number(found?.object.value ?? Number.NaN)
    }
    const fault = {
      crossline: value('crossline'),
      perInline: value('crosslinesPerInline'),
      perSample: value('crosslinesPerSample'),
      throw: value('throwSamples'),
    }
    return Object.values(fault).every(Number.isFinite) ? [fault] : []
  })
}

/** What is noted of a file's survey, if anything is. */
export function annotationOf(quads: readonly Quad[], locator: string): Annotation | undefined {
  const surveys = quads.filter(
    ({ subject, predicate, object }) =>
      subject.termType === 'NamedNode' && predicate.value === `${RDF}type` && object.value === `${OG}Survey`,
  )
  const found = surveys.find(({ subject }) => {
    const own = quads.filter((quad) => quad.subject.equals(subject) && NAMING.has(quad.predicate.value))
    return namesFile(
      subject.value,
      own.map(({ object }) => object.value),
      locator,
    )
  })
  return found && { resource: found.subject.value, faults: faultsOf(quads, found.subject.value) }
}

export const annotationPath = (directory: string, name: string): string => join(directory, 'annotations', `${name}.ttl`)
