import { type RequestOptions, request } from '../client/request.ts'
import type { CommandContext } from './context.ts'

/** Environment variable with the token of the server that `--url` names. */
const TOKEN_VARIABLE = 'POLYPROV_TOKEN'

/** Asks a running server. @throws what its problem document says, `store-failed` where it cannot be reached */
export const askServer = (
  { environment, signal }: CommandContext,
  url: string,
  path: string,
  options: Omit<RequestOptions, 'signal'> = {},
): Promise<Response> => request({ url, token: environment[TOKEN_VARIABLE] }, path, { ...options, signal })
