import { PolyprovError } from '../../../planner/errors.ts'

/** Where the example is loaded to, as the environment names it. */
export interface Servers {
  readonly postgres: { readonly url: string }
  readonly mongodb: { readonly url: string }
  readonly s3: {
    readonly endpoint: string
    readonly region: string
    readonly credentials: {
      readonly accessKeyId: string
      readonly secretAccessKey: string
      readonly sessionToken?: string
    }
  }
  readonly sparql: SparqlServer
}

export interface SparqlServer {
  readonly endpoint: string
  readonly update: UpdateAccess
  readonly user?: string
  readonly password?: string
}

/** How a SPARQL server takes updates. */
export type UpdateAccess =
  /** SPARQL 1.1 Protocol; `isDerived`: the address is a guess from that of the queries. */
  | { readonly kind: 'http'; readonly endpoint: string; readonly isDerived: boolean }
  /** Virtuoso's own program, at `host:port`. */
  | { readonly kind: 'isql'; readonly address: string }

export type Environment = Readonly<Record<string, string | undefined>>

interface VariableShape {
  readonly pattern: RegExp
  /** What it should look like. */
  readonly like: string
}

const HTTP_URL: VariableShape = { pattern: /^https?:\/\/[^\s/@]+(\/\S*)?$/, like: 'http://host:port' }
const ENDPOINT: VariableShape = { ...HTTP_URL, like: 'http://host:port/sparql' }
const TEXT: VariableShape = { pattern: /^.+$/s, like: 'text' }

const WITH_ACCOUNT = 'with user:password@ before the host where it asks for them'

const NEEDED: Readonly<Record<string, VariableShape>> = {
  POSTGRES_URL: { pattern: /^postgres(ql)?:\/\/./, like: `postgresql://host:5432/database, ${WITH_ACCOUNT}` },
  MONGODB_URL: { pattern: /^mongodb(\+srv)?:\/\/./, like: `mongodb://host:27017, ${WITH_ACCOUNT}` },
  S3_ENDPOINT: HTTP_URL,
  AWS_ACCESS_KEY_ID: { ...TEXT, like: 'the id of an access key for S3_ENDPOINT' },
  AWS_SECRET_ACCESS_KEY: { ...TEXT, like: 'the secret of that key' },
  SPARQL_ENDPOINT: ENDPOINT,
}

const OPTIONAL: Readonly<Record<string, VariableShape>> = {
  S3_REGION: { pattern: /^[\w-]+$/, like: 'us-east-1' },
  AWS_SESSION_TOKEN: TEXT,
  SPARQL_UPDATE_ENDPOINT: { ...HTTP_URL, like: 'http://host:port/update' },
  SPARQL_USER: TEXT,
  SPARQL_PASSWORD: TEXT,
  VIRTUOSO_ISQL: { pattern: /^[\w.[\]:-]+:\d+$/, like: 'host:1111' },
}

const isSet = (value: string | undefined): value is string => value !== undefined && value !== ''

/**
 * The servers that the environment names.
 * @throws `usage`, listing every variable that is missing or wrong with what it should look like, never what it holds
 */
export function serversOf(environment: Environment): Servers {
  const complaints = [
    ...Object.entries(NEEDED).flatMap(([name, shape]) => complaint(name, shape, environment[name], true)),
    ...Object.entries(OPTIONAL).flatMap(([name, shape]) => complaint(name, shape, environment[name], false)),
  ]
  if (complaints.length > 0) {
    throw new PolyprovError(
      'usage',
      `--stores real loads the example into the servers that the environment names:\n${complaints.join('\n')}`,
    )
  }
  const needed = (name: string): string => environment[name] ?? ''
  const sessionToken = environment['AWS_SESSION_TOKEN']
  const credentials = {
    accessKeyId: needed('AWS_ACCESS_KEY_ID'),
    secretAccessKey: needed('AWS_SECRET_ACCESS_KEY'),
    ...(isSet(sessionToken) ? { sessionToken } : {}),
  }
  const region = environment['S3_REGION']
  const [user, password] = [environment['SPARQL_USER'], environment['SPARQL_PASSWORD']]
  return {
    postgres: { url: needed('POSTGRES_URL') },
    mongodb: { url: needed('MONGODB_URL') },
    s3: { endpoint: needed('S3_ENDPOINT'), region: isSet(region) ? region : 'us-east-1', credentials },
    sparql: {
      endpoint: needed('SPARQL_ENDPOINT'),
      update: updateAccess(environment),
      ...(isSet(user) ? { user } : {}),
      ...(isSet(password) ? { password } : {}),
    },
  }
}

function complaint(
  name: string,
  { pattern, like }: VariableShape,
  value: string | undefined,
  isNeeded: boolean,
): readonly string[] {
  if (!isSet(value)) return isNeeded ? [`  ${name} is not set: ${like}`] : []
  return pattern.test(value) ? [] : [`  ${name} does not look like ${like}`]
}

function updateAccess(environment: Environment): UpdateAccess {
  const { SPARQL_UPDATE_ENDPOINT: endpoint, VIRTUOSO_ISQL: address, SPARQL_ENDPOINT: queries = '' } = environment
  if (isSet(endpoint)) return { kind: 'http', endpoint, isDerived: false }
  if (isSet(address)) return { kind: 'isql', address }
  return { kind: 'http', endpoint: derivedEndpoint(queries), isDerived: true }
}

/**
 * Where servers take updates, by where they take queries: beside them for Fuseki, Oxigraph and others, beneath for
 * GraphDB and RDF4J, else at the same address.
 */
function derivedEndpoint(queries: string): string {
  const url = new URL(queries)
  if (/\/repositories\/[^/]+$/.test(url.pathname)) url.pathname += '/statements'
  else url.pathname = url.pathname.replace(/\/(sparql|query)\/?$/, '/update')
  return url.href
}
