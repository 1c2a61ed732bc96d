import type { Pattern as PatternSyntax } from 'sparqljs'
import type { VariableName } from '../algebra.ts'

/**
 * Whether a pattern mentions a variable nowhere but in triples that are joined at its top level: then the variable of
 * `GRAPH ?g` can stand in the patterns themselves, since all of them bind it.
 */
export function onlyJoins(patterns: readonly PatternSyntax[], name: VariableName): boolean {
  return patterns.every((pattern) => {
    if (pattern.type === 'bgp') return true
    if (pattern.type === 'group' || pattern.type === 'union') return onlyJoins(pattern.patterns, name)
    return !mentions(pattern, name)
  })
}

function mentions(node: unknown, name: VariableName): boolean {
  if (typeof node !== 'object' || node === null) return false
  if (Array.isArray(node)) return node.some((item) => mentions(item, name))
  if ('termType' in node && 'value' in node) {
    if (node.termType === 'Variable') return node.value === name || String(node.value).endsWith(`_${name}`)
    return node.termType === 'Wildcard'
  }
  // Rows of VALUES are keyed by their variables.
  return Object.entries(node).some(([key, value]) => key.slice(1) === name || mentions(value, name))
}
