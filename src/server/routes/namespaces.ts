import { z } from 'zod'
import { PolyprovError } from '../../../planner/errors.ts'
import { type VocabularyPrefix, vocabularyTurtle } from '../../provenance/vocabulary.ts'
import { negotiate } from '../negotiate.ts'
import { operation, pathParameter, type Route, sendText } from '../route.ts'

/** Last part of each namespace, and the prefix of its vocabulary. */
const VOCABULARY_OF: Readonly<Record<string, VocabularyPrefix>> = {
  provml: 'provml',
  provlake: 'pl',
  segy: 'segy',
  hdf5: 'hdf5',
}

export const namespacesRoute: Route = {
  path: '/ns/:name',
  methods: {
    get: operation({
      summary: 'A vocabulary that polyprov publishes: provml, provlake, segy or hdf5',
      parameters: z.strictObject({}),
      answers: { 200: { description: 'The vocabulary', content: { 'text/turtle': z.string() } } },
      handle: ({ request, response }) => {
        const name = pathParameter(request, 'name').replace(/\.ttl$/, '')
        const prefix = Object.hasOwn(VOCABULARY_OF, name) ? VOCABULARY_OF[name] : undefined
        if (prefix === undefined) {
          const names = Object.keys(VOCABULARY_OF).join(', ')
          throw new PolyprovError('not-found', `there is no vocabulary "${name}"; there are ${names}`)
        }
        negotiate(request, [{ mediaTypes: ['text/turtle', 'text/plain', 'text/html'] }])
        sendText(response, vocabularyTurtle(prefix), 'text/turtle; charset=utf-8')
      },
    }),
  },
}
