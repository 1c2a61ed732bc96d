import { PL } from '../namespaces.ts'
import { literal, type Term } from '../term.ts'

/** `pl:locatorOf(?object)`: the locator within its store of an object's IRI, `<base>store/<id>/object/<locator>`. */
export const LOCATOR_OF = `${PL}locatorOf`

const MARK = '/object/'

export const referenceFunctions: ReadonlyMap<string, (args: readonly Term[]) => Term | undefined> = new Map([
  [LOCATOR_OF, ([object]: readonly Term[]) => (object?.termType === 'NamedNode' ? locatorOf(object.value) : undefined)],
])

function locatorOf(objectIri: string): Term | undefined {
  const start = objectIri.indexOf(MARK)
  if (start < 0) return undefined
  try {
    return literal(decodeURIComponent(objectIri.slice(start + MARK.length)))
  } catch {
    return undefined
  }
}
