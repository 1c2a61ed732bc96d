import type { Connector } from '../../connectors/connector.ts'

/** The members that make a connector faster, and nothing else. */
export const OPTIONAL = ['push', 'accepts', 'execute', 'resolve', 'estimate', 'access'] as const
export type Capability = (typeof OPTIONAL)[number]

/** The capabilities that a connector has. */
export const capabilitiesOf = (connector: Connector): readonly Capability[] =>
  OPTIONAL.filter((name) => connector[name] !== undefined)

/** Every subset of a list. */
export const subsetsOf = <Element>(elements: readonly Element[]): readonly (readonly Element[])[] =>
  Array.from({ length: 2 ** elements.length }, (_, mask) => elements.filter((_element, i) => (mask >> i) & 1))

/** The connector as it would be without some of its members. */
export function without(connector: Connector, removed: readonly Capability[]): Connector {
  return Object.create(
    connector,
    Object.fromEntries(removed.map((name) => [name, { value: undefined, enumerable: true }])),
  ) as Connector
}
