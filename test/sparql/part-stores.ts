import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writer } from 'n3'
import { stringify } from 'yaml'
import { openColumnar } from '../../connectors/columnar/index.ts'
import type { Connector } from '../../connectors/connector.ts'
import openDocuments from '../../connectors/documents/index.ts'
import openMemory from '../../connectors/memory/index.ts'
import { openRdf } from '../../connectors/rdf/index.ts'
import openEndpoint from '../../connectors/sparql/index.ts'
import { XSD } from '../../planner/namespaces.ts'
import type { Quad } from '../../planner/term.ts'
import { open } from '../../src/open.ts'
import { createServer } from '../../src/server/create-server.ts'

/** Where a part is to be kept. */
interface Place {
  /** Name of the store. */
  readonly id: string
  readonly base: string
  /** A folder of the part's own. */
  readonly folder: string
}

/** Opens a store that holds a part; `undefined` where a store of the kind cannot hold it. */
export type PartStore = (quads: readonly Quad[], place: Place) => Promise<Connector | undefined>

export async function columnarPart(
  quads: readonly Quad[],
  { id, base, role }: Pick<Place, 'id' | 'base'> & { readonly role?: 'provenance' },
): Promise<Connector> {
  const definition = { id, type: 'columnar', ...(role === undefined ? {} : { role }) }
  const connector = await openColumnar(definition, { base, folder: '.' })
  await connector.write({ add: quads })
  return connector
}

const memoryPart: PartStore = async (quads, { id, base }) => openMemory({ id, type: 'memory', quads }, { base })

const filePart: PartStore = async (quads, { id, base, folder }) => {
  await writeFile(join(folder, 'part.nq'), new Writer({ format: 'N-Quads' }).quadsToString([...quads] as never))
  return openRdf({ id, type: 'rdf', files: 'part.nq' }, { base, folder })
}

/** A SPARQL endpoint: a server of ours over a store of its own. */
const endpointPart: PartStore = async (quads, { id, base }) => {
  const store = await columnarPart(quads, { id: 'provenance', base, role: 'provenance' })
  const polystore = await open({ base }, { connectors: [store] })
  const server = createServer(polystore)
  const endpoint = `${await server.listen(0)}/sparql`
  const connector = openEndpoint({ id, type: 'sparql', endpoint }, { base })
  return Object.defineProperty(connector, Symbol.asyncDispose, {
    value: async () => {
      await server.close(0)
      await polystore.close()
    },
  })
}

/** A view over documents, one for each triple: of IRIs as subjects, in the default graph, that a view can name. */
const viewPart: PartStore = async (quads, { id, base, folder }) => {
  if (!quads.every(isViewable)) return undefined
  const collections = new Map<string, Quad[]>()
  for (const each of quads) {
    const key = JSON.stringify([each.predicate.value, kindOf(each.object)])
    collections.set(key, [...(collections.get(key) ?? []), each])
  }
  const mappings: Record<string, unknown> = {}
  await mkdir(join(folder, 'documents'))
  for (const [i, own] of [...collections.values()].entries()) {
    const { predicate, object } = own[0]!
    const value = object.termType === 'NamedNode' ? ['$(o)~iri'] : ['$(o)', kindOf(object)]
    const name = `c${i}`
    mappings[name] = {
      sources: [[`${name}~jsonpath`, '$']],
      s: '$(s)',
      po: [[`${predicate.value}~iri`, ...value]],
    }
    const documents = own.map((each, number) => ({ _id: number, s: each.subject.value, o: each.object.value }))
    await writeFile(join(folder, 'documents', `${name}.json`), JSON.stringify(documents))
  }
  await writeFile(join(folder, 'views.yaml'), stringify({ mappings }))
  return openDocuments({ id, type: 'documents', path: 'documents', views: 'views.yaml' }, {
    base,
    folder,
  } as never)
}

/** What a view has to say of an object beside its value. */
function kindOf(object: Quad['object']): string {
  if (object.termType !== 'Literal') return '~iri'
  return object.language === '' ? object.datatype.value : `${object.language}~lang`
}

/** An IRI is a template's text: it must not look like a reference. */
const isViewable = ({ subject, predicate, object, graph }: Quad): boolean =>
  graph.termType === 'DefaultGraph' &&
  subject.termType === 'NamedNode' &&
  object.termType !== 'BlankNode' &&
  /^(https?|urn|mailto|file):[^$\\()~]*$/.test(predicate.value) &&
  (object.termType !== 'Literal' || object.language !== '' || object.datatype.value.startsWith(XSD))

/** The kinds of stores that parts go to, beside the columnar one of the first. */
export const PART_STORES: readonly PartStore[] = [
  memoryPart,
  viewPart,
  filePart,
  endpointPart,
  (quads, { id, base }) => columnarPart(quads, { id, base }),
]
