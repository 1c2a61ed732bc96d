import type { Fault } from './faults.ts'
import { KEY_ID, PASSWORD, TOKEN, USER } from './secrets.ts'

type Definition = { readonly id: string; readonly type: string } & Readonly<Record<string, unknown>>

const enc = encodeURIComponent
const userInfo = `${enc(USER)}:${enc(PASSWORD)}`

/** Stores with credentials in every place where one may stand. */
export const DEFINITIONS: Readonly<Record<string, (fault: Fault) => Definition>> = {
  'postgres, a URL': ({ host, secure }) => ({
    id: 'store',
    type: 'postgres',
    url: `postgresql://${userInfo}@${host}/db${secure ? '?sslmode=require' : ''}`,
    views: './views.yaml',
    timeout: 250,
  }),
  'mongodb, a URL': ({ host, secure }) => ({
    id: 'store',
    type: 'mongodb',
    url: `mongodb://${userInfo}@${host}/?authSource=admin${secure ? '&tls=true' : ''}&serverSelectionTimeoutMS=200`,
    database: 'db',
    views: './views.yaml',
    timeout: 250,
  }),
  'sparql, user and password': ({ host, secure }) => ({
    id: 'store',
    type: 'sparql',
    endpoint: `${secure ? 'https' : 'http'}://${host}/sparql`,
    user: USER,
    password: PASSWORD,
    timeout: 250,
    retries: 0,
  }),
  'sparql, a token': ({ host, secure }) => ({
    id: 'store',
    type: 'sparql',
    endpoint: `${secure ? 'https' : 'http'}://${host}/sparql`,
    headers: { Authorization: `Bearer ${TOKEN}`, 'X-Api-Key': TOKEN },
    timeout: 250,
    retries: 0,
  }),
  's3, keys': ({ host, secure }) => ({
    id: 'store',
    type: 's3',
    bucket: 'bucket',
    endpoint: `${secure ? 'https' : 'http'}://${host}`,
    region: 'us-east-1',
    credentials: { accessKeyId: KEY_ID, secretAccessKey: PASSWORD, sessionToken: TOKEN },
    timeout: 250,
    retries: 0,
  }),
}

/** Definitions that are wrong, with credentials where they do not belong. */
export const WRONG: readonly Definition[] = [
  { id: 'store', type: 'postgres', url: `mysql://${userInfo}@h/db`, views: './views.yaml' },
  { id: 'store', type: 'postgres', url: `postgresql://${userInfo}@h:notaport/db`, views: './views.yaml' },
  { id: 'store', type: 'postgres', url: PASSWORD, views: './views.yaml' },
  { id: 'store', type: 'postgres', url: { password: PASSWORD } },
  { id: 'store', type: 'mongodb', url: `mongodb://${USER}:${PASSWORD}@h/`, database: 'db' },
  { id: 'store', type: 'mongodb', url: `mongodb://${userInfo}@h/?nonsense=${TOKEN}`, database: 'db' },
  { id: 'store', type: 'mongodb', url: `http://${userInfo}@h/`, database: PASSWORD },
  { id: 'store', type: 'sparql', endpoint: `http://${userInfo}@h/sparql` },
  { id: 'store', type: 'sparql', endpoint: 'http://h/', user: USER, password: { no: PASSWORD } },
  { id: 'store', type: 'sparql', endpoint: 'http://h/', headers: { Authorization: `Bearer ${TOKEN}\r\nX: y` } },
  { id: 'store', type: 's3', bucket: 'b', endpoint: `http://${userInfo}@h`, credentials: { accessKeyId: KEY_ID } },
  { id: 'store', type: 's3', bucket: 'b', credentials: `${KEY_ID}:${PASSWORD}` },
  {
    id: 'store',
    type: 's3',
    bucket: 'b',
    credentials: { accessKeyId: KEY_ID, secretAccessKey: PASSWORD, token: TOKEN },
  },
]
