import { PolyprovError } from '../../../planner/errors.ts'
import { LINEAGE_FORMATS, type LineageFormat, serialiseLineage } from '../../results/lineage.ts'
import { command } from '../command.ts'
import { DONE } from '../context.ts'
import { configOption, openConfigured, urlOption } from '../options.ts'
import { printText } from '../output.ts'
import { askServer } from '../remote.ts'

interface Arguments {
  readonly of: string
  readonly config?: string
  readonly url?: string
  readonly direction: 'backward' | 'forward'
  readonly depth?: number
  readonly format: LineageFormat
}

export const lineageCommand = command<Arguments>({
  name: 'lineage',
  positionals: '<of>',
  summary: 'Show what a thing came from, or what came from it',
  examples: [
    'lineage urn:polyprov:store/models/object/model.bin',
    'lineage urn:polyprov:store/seismic/object/f3.sgy --direction forward --format svg > lineage.svg',
  ],
  build: (parser) =>
    parser.positional('of', { type: 'string', describe: 'IRI of the thing' }).options({
      ...configOption,
      ...urlOption,
      direction: { choices: ['backward', 'forward'] as const, default: 'backward', describe: 'Which way to go' },
      depth: { type: 'number', requiresArg: true, describe: 'Steps to go; to the end where absent' },
      format: { choices: LINEAGE_FORMATS.map(({ name }) => name), default: 'turtle', describe: 'How to write it' },
    }),
  run: async ({ of, config, url, direction, depth, format }, context) => {
    if (depth !== undefined && !(Number.isSafeInteger(depth) && depth > 0)) {
      throw new PolyprovError('usage', '--depth must be a positive whole number')
    }
    if (url !== undefined) {
      const search = new URLSearchParams({ of, direction, ...(depth === undefined ? {} : { depth: String(depth) }) })
      const { mediaTypes } = LINEAGE_FORMATS.find(({ name }) => name === format)!
      const response = await askServer(context, url, `api/v1/lineage?${search}`, { headers: { Accept: mediaTypes[0] } })
      await printText(context, await response.text())
      return DONE
    }
    await using polystore = await openConfigured(context, config)
    const quads = await polystore.lineage(of, {
      direction,
      ...(depth === undefined ? {} : { depth }),
      signal: context.signal,
    })
    if (quads.length === 0) throw new PolyprovError('not-found', `no provenance speaks of ${of}`)
    await printText(context, await serialiseLineage(quads, format, of))
    return DONE
  },
})
