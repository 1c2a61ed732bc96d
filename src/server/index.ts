export { createServer, type PolyprovServer } from './create-server.ts'
export type { ServerOptions } from './options.ts'
