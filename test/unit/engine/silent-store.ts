import type { ConnectorFactory } from '../../../connectors/connector.ts'
import { fakeStore, never } from './fake-store.ts'

/** A store that can be registered by the path of this module, and never answers. */
const silentStore: ConnectorFactory = ({ id }) => Object.assign(fakeStore(id, { p: [['a', 1]] }), { before: never })
export default silentStore
