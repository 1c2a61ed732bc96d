import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Polystore, Stats } from '../polystore.ts'

/** What the server counts; labels have few values, whatever is asked. */
export interface Metrics {
  readonly registry: Registry
  request(route: string, method: string, status: number, seconds: number): void
  query(kind: string, outcome: string, stats: Stats | undefined): void
  refused(): void
  update(outcome: string, counts: { readonly added: number; readonly removed: number }): void
}

/** Counters of one server in a registry of their own. */
export function createMetrics(polystore: Polystore): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'polyprov_http_request_duration_seconds',
    help: 'Time to answer a request, to its last byte',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  })
  const queries = new Counter({
    name: 'polyprov_queries_total',
    help: 'Queries by the kind of their result and how they ended',
    labelNames: ['kind', 'outcome'],
    registers,
  })
  const rows = new Counter({ name: 'polyprov_query_rows_total', help: 'Rows that queries answered', registers })
  const refusals = new Counter({ name: 'polyprov_queries_refused_total', help: 'Queries over the limit', registers })
  const updates = new Counter({
    name: 'polyprov_updates_total',
    help: 'Updates and writes of graphs by how they ended',
    labelNames: ['outcome'],
    registers,
  })
  const changes = new Counter({
    name: 'polyprov_update_triples_total',
    help: 'Triples that updates added and removed',
    labelNames: ['change'],
    registers,
  })
  const store = (name: string, help: string) =>
    new Counter({ name: `polyprov_store_${name}_total`, help, labelNames: ['store'], registers })
  const storeRequests = store('requests', 'Requests to a store')
  const storeRows = store('rows', 'Rows that a store answered')
  const storeBytes = store('bytes', 'Bytes read from a store')
  const storeSeconds = store('seconds', 'Time that queries waited for a store')
  new Gauge({
    name: 'polyprov_queries_running',
    help: 'Queries under way',
    registers,
    collect() {
      this.set(polystore.running.list().length)
    },
  })
  new Gauge({
    name: 'polyprov_stores',
    help: 'Registered stores',
    registers,
    collect() {
      this.set(polystore.stores.list().length)
    },
  })
  new Gauge({
    name: 'polyprov_store_up',
    help: 'Whether a store answered when it was last asked; 0 while it is not asked for its failures, too',
    labelNames: ['store'],
    registers,
    collect() {
      this.reset()
      for (const { id, health } of polystore.stores.list()) this.set({ store: id }, health?.status === 'down' ? 0 : 1)
    },
  })
  return {
    registry,
    request: (route, method, status, seconds) => requests.observe({ route, method, status: String(status) }, seconds),
    query: (kind, outcome, stats) => {
      queries.inc({ kind, outcome })
      if (stats === undefined) return
      rows.inc(stats.rows)
      for (const [id, asked] of Object.entries(stats.stores)) {
        storeRequests.inc({ store: id }, asked.requests)
        storeRows.inc({ store: id }, asked.rows)
        storeBytes.inc({ store: id }, asked.bytes)
        storeSeconds.inc({ store: id }, asked.milliseconds / 1_000)
      }
    },
    refused: () => refusals.inc(),
    update(outcome, { added, removed }) {
      updates.inc({ outcome })
      changes.inc({ change: 'added' }, added)
      changes.inc({ change: 'removed' }, removed)
    },
  }
}
