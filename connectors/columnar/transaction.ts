import { termKey } from '../../planner/term.ts'
import type { Transaction } from '../connector.ts'
import type { SnapshotConnector } from './connector.ts'
import { quadBlock, type Snapshot, type StoreTransaction, type TripleStore } from './store/index.ts'

const BLOCK_ROWS = 4096
const NOTHING = new Uint32Array(0)

/**
 * Runs changes on a store as one write. `readerOver` makes the connector that reads a state of it.
 */
export function updateStore<Result>(
  store: TripleStore,
  readerOver: (snapshot: Snapshot) => SnapshotConnector,
  loads: readonly string[],
  run: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  return store.transaction((changes) => run(transactionOver(changes, readerOver, loads)))
}

function transactionOver(
  changes: StoreTransaction,
  readerOver: (snapshot: Snapshot) => SnapshotConnector,
  loads: readonly string[],
): Transaction {
  return {
    loads,
    reader: () => readerOver(changes.snapshot()),
    encode: (term) => changes.add(termKey(term)),
    find: (term) => changes.find(termKey(term)),
    change: ({ remove = NOTHING, add = NOTHING }) =>
      changes.change({
        remove: { ids: remove, length: remove.length / 4 },
        add: { ids: add, length: add.length / 4 },
      }),
    graphs: () => changes.snapshot().graphs(),
    count: (graph) => changes.snapshot().count(0, 0, 0, graph),
    quads: (graph) => quadsOf(changes.snapshot(), graph),
  }
}

function* quadsOf(snapshot: Snapshot, graph: number): Generator<Uint32Array> {
  const cursor = snapshot.cursor()
  const block = quadBlock(BLOCK_ROWS)
  cursor.open(0, 0, 0, graph)
  while (!cursor.ended) {
    const rows = cursor.read(block, BLOCK_ROWS)
    const ids = new Uint32Array(rows * 4)
    for (let row = 0; row < rows; row++) {
      ids[row * 4] = block.subjects[row]!
      ids[row * 4 + 1] = block.predicates[row]!
      ids[row * 4 + 2] = block.objects[row]!
      ids[row * 4 + 3] = block.graphs[row]!
    }
    yield ids
  }
}
