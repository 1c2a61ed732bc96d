import { RDF } from '../../../planner/namespaces.ts'
import { blank, iri, literal, type Quad, quad } from '../../../planner/term.ts'
import { formatsOf } from '../../results/formats.ts'
import { asExecution } from '../../results/lineage.ts'
import { serialise } from '../../results/serialise.ts'
import { writeText } from '../../results/write.ts'
import { negotiate } from '../negotiate.ts'
import type { Call } from '../route.ts'

const SD = 'http://www.w3.org/ns/sparql-service-description#'
const FORMATS = 'http://www.w3.org/ns/formats/'
const DCTERMS = 'http://purl.org/dc/terms/'

/** The service as SPARQL 1.1 Service Description, section 3, describes it. */
function describeService(endpoint: string, updates: boolean): readonly Quad[] {
  const service = blank('service')
  const dataset = blank('dataset')
  const graph = blank('graph')
  const type = iri(`${RDF}type`)
  const sd = (name: string) => iri(SD + name)
  return [
    quad(service, type, sd('Service')),
    quad(service, iri(`${DCTERMS}title`), literal('polyprov')),
    quad(service, sd('endpoint'), iri(endpoint)),
    quad(service, sd('supportedLanguage'), sd('SPARQL11Query')),
    ...(updates ? [quad(service, sd('supportedLanguage'), sd('SPARQL11Update'))] : []),
    quad(service, sd('feature'), sd('BasicFederatedQuery')),
    ...[
      'SPARQL_Results_JSON',
      'SPARQL_Results_XML',
      'SPARQL_Results_CSV',
      'SPARQL_Results_TSV',
      'Turtle',
      'N-Triples',
      'N-Quads',
      'RDF_XML',
      'JSON-LD',
    ].map((name) => quad(service, sd('resultFormat'), iri(FORMATS + name))),
    quad(service, sd('defaultDataset'), dataset),
    quad(dataset, type, sd('Dataset')),
    quad(dataset, sd('defaultGraph'), graph),
    quad(graph, type, sd('Graph')),
  ]
}

/** Answers a request without a query: browsers are sent to the console, others get the description. */
export async function sendServiceDescription({ context, request, response, signal }: Call): Promise<void> {
  const page = { name: 'page', mediaTypes: ['text/html'], contentType: 'text/html' } as const
  const offer = negotiate(request, [...formatsOf('quads').filter(({ name }) => name !== 'rows'), page])
  response.vary('Accept')
  if (offer.name === 'page') {
    response.redirect(303, '/')
    return
  }
  const host = request.headers.host ?? 'localhost'
  const updates = context.polystore.stores.list().some((store) => store.updates === true)
  const result = asExecution(describeService(`${request.protocol}://${host}/sparql`, updates), {
    sd: SD,
    formats: FORMATS,
    dcterms: DCTERMS,
  })
  response.setHeader('Content-Type', offer.contentType)
  await writeText(serialise(result, offer.name), response, signal)
  response.end()
}
