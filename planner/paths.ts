import type { Path } from './algebra.ts'

/** Whether a path connects a node with itself by no step at all. */
export function canBeEmpty(path: Path): boolean {
  switch (path.kind) {
    case 'zeroOrMore':
    case 'zeroOrOne':
      return true
    case 'inverse':
    case 'oneOrMore':
      return canBeEmpty(path.path)
    case 'sequence':
      return path.paths.every(canBeEmpty)
    case 'alternative':
      return path.paths.some(canBeEmpty)
    case 'predicate':
    case 'negated':
      return false
  }
}
