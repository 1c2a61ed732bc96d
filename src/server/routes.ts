import type { Route } from './route.ts'
import { catalogRoute } from './routes/catalog.ts'
import { documentRoutes } from './routes/documents.ts'
import { explainRoute } from './routes/explain.ts'
import { graphStoreRoutes } from './routes/graph-store.ts'
import { liveRoute, readyRoute } from './routes/health.ts'
import { assetRoutes, homeRoute } from './routes/home.ts'
import { lineageRoute } from './routes/lineage.ts'
import { metricsRoute } from './routes/metrics.ts'
import { namespacesRoute } from './routes/namespaces.ts'
import { queriesRoute, queryRoute } from './routes/queries.ts'
import { runningQueryRoute, runningRoute } from './routes/running.ts'
import { sparqlRoute } from './routes/sparql.ts'
import { storeCheckRoute, storeRoute, storesRoute } from './routes/stores.ts'

const DOCUMENTED: readonly Route[] = [
  sparqlRoute,
  ...graphStoreRoutes,
  queriesRoute,
  queryRoute,
  explainRoute,
  storesRoute,
  storeRoute,
  storeCheckRoute,
  catalogRoute,
  runningRoute,
  runningQueryRoute,
  lineageRoute,
  liveRoute,
  readyRoute,
  metricsRoute,
  namespacesRoute,
  homeRoute,
]

/** Every route of the server, in the order of its documentation. */
export const allRoutes = (version: string): readonly Route[] => [
  ...DOCUMENTED,
  ...documentRoutes(DOCUMENTED, version),
  ...assetRoutes,
]
