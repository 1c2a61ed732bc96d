interface Reference {
  readonly scheme: string | undefined
  readonly authority: string | undefined
  readonly path: string
  readonly query: string | undefined
  readonly fragment: string | undefined
}

const PARTS = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s
/** Characters that no IRI holds (SPARQL's IRIREF production). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const FORBIDDEN = /[\u0000-\u0020<>"{}|^`\\]/

/** The parts of RFC 3986, appendix B, which every string has. */
function split(text: string): Reference {
  const match = PARTS.exec(text)
  return {
    scheme: match?.[1],
    authority: match?.[2],
    path: match?.[3] ?? '',
    query: match?.[4],
    fragment: match?.[5],
  }
}

/** RFC 3986, section 5.2.4. */
function removeDotSegments(path: string): string {
  if (!path.includes('.')) return path
  const absolute = path.startsWith('/')
  const segments = path.split('/')
  const last = segments[segments.length - 1]
  const kept: string[] = []
  for (const segment of absolute ? segments.slice(1) : segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  if (last === '.' || last === '..') kept.push('')
  return (absolute ? '/' : '') + kept.join('/')
}

/** RFC 3986, section 5.2.3. */
function merge(base: Reference, path: string): string {
  if (base.authority !== undefined && base.path === '') return `/${path}`
  return base.path.slice(0, base.path.lastIndexOf('/') + 1) + path
}

function join(reference: Reference): string {
  const { scheme, authority, path, query, fragment } = reference
  return (
    (scheme === undefined ? '' : `${scheme}:`) +
    (authority === undefined ? '' : `//${authority}`) +
    path +
    (query === undefined ? '' : `?${query}`) +
    (fragment === undefined ? '' : `#${fragment}`)
  )
}

function against(base: Reference, reference: Reference): Reference {
  const { scheme, authority } = base
  const { query, fragment } = reference
  if (reference.authority !== undefined) return { ...reference, scheme, path: removeDotSegments(reference.path) }
  if (reference.path === '') return { scheme, authority, path: base.path, query: query ?? base.query, fragment }
  const path = reference.path.startsWith('/') ? reference.path : merge(base, reference.path)
  return { scheme, authority, path: removeDotSegments(path), query, fragment }
}

/**
 * Resolves an IRI reference (RFC 3986, section 5.2, without normalising). An absolute IRI stays as it is written;
 * `undefined` for a relative one without a base, and for a string that holds characters no IRI does.
 */
export function resolveIri(text: string, base: string | undefined): string | undefined {
  if (FORBIDDEN.test(text)) return undefined
  const reference = split(text)
  if (reference.scheme !== undefined) return text
  if (base === undefined) return undefined
  const parts = split(base)
  return parts.scheme === undefined ? undefined : join(against(parts, reference))
}
