import { withoutUserInfo } from '../../configuration/secrets.ts'
import type { Polystore } from '../../polystore.ts'
import { command } from '../command.ts'
import { type CommandContext, DONE } from '../context.ts'
import { configOption, openConfigured } from '../options.ts'
import { printTable } from '../output.ts'

/** Exit code where a store cannot be used. */
const FAILED = 1

/** Checks the stores one by one, and prints how they are. */
export async function checkStores(
  polystore: Polystore,
  ids: readonly string[],
  context: CommandContext,
): Promise<number> {
  const rows = await Promise.all(
    ids.map(async (id) => {
      const { type } = polystore.stores.list().find((store) => store.id === id) ?? { type: '' }
      try {
        await polystore.stores.check(id, context.signal)
        return [id, type, 'up', '']
      } catch (error) {
        context.signal.throwIfAborted()
        return [id, type, 'down', withoutUserInfo(error instanceof Error ? error.message : String(error))]
      }
    }),
  )
  await printTable(context, ['store', 'type', 'status', 'reason'], rows)
  return rows.every(([, , status]) => status === 'up') ? DONE : FAILED
}

export const checkCommand = command<{ readonly config?: string }>({
  name: 'check',
  summary: 'Check the configuration, and that every store can be used',
  examples: ['check', 'check --config polyprov.yaml'],
  build: (parser) => parser.options(configOption),
  run: async ({ config }, context) => {
    await using polystore = await openConfigured(context, config, { force: true })
    return await checkStores(
      polystore,
      polystore.stores.list().map(({ id }) => id),
      context,
    )
  },
})
