/** Letters that are one regardless of case, beside the two of ASCII: the long s, and the sign of Kelvin. */
const FOLDED: Readonly<Record<string, string>> = { s: '\u017F', k: '\u212A' }

const LITERAL = /^[A-Za-z0-9 _\-,;:=@<>~!"'%&]$/
const CLASS = /^\[(?:[A-Za-z0-9](?:-[A-Za-z0-9])?)+\]/
const ESCAPED = /^\\[\\.^$*+?()[\]{}|-]/

/** Most parts that may be repeated without a bound: a server that backtracks stays quick. */
const MOST_UNBOUNDED = 2

/**
 * A regular expression of SPARQL (XPath 3.1, section 5.6.1) as one of PCRE and of JavaScript that matches at least the
 * same texts: characters, classes of ASCII and the dot, once or repeated, anchors at the ends. `undefined`: it has
 * anything else, which they may read otherwise.
 */
export function regexOf(pattern: string, flags: string): string | undefined {
  if (flags !== '' && flags !== 'i') return undefined
  const isFolded = flags === 'i'
  let rest = pattern
  let written = ''
  let unbounded = 0
  if (rest.startsWith('^')) {
    written = '^'
    rest = rest.slice(1)
  }
  while (rest !== '' && rest !== '$') {
    const atom = atomOf(rest)
    if (atom === undefined) return undefined
    rest = rest.slice(atom.length)
    const form = isFolded ? folded(atom) : plain(atom)
    if (form === undefined) return undefined
    const [count = ''] = /^[*+?](?!\?)/.exec(rest) ?? []
    rest = rest.slice(count.length)
    if (/^[*+?{]/.test(rest)) return undefined
    if (count === '*' || count === '+') unbounded++
    written += form + count
  }
  return unbounded > MOST_UNBOUNDED ? undefined : written + rest
}

function atomOf(text: string): string | undefined {
  const first = text[0]!
  if (first === '.' || LITERAL.test(first)) return first
  return ESCAPED.exec(text)?.[0] ?? CLASS.exec(text)?.[0]
}

const plain = (atom: string): string => (atom === '.' ? '[\\s\\S]' : atom === '\\-' ? '-' : atom)

/** A class of both cases; of classes and of anything but ASCII none. */
function folded(atom: string): string | undefined {
  if (atom.startsWith('[')) return undefined
  if (!/^[A-Za-z]$/.test(atom)) return plain(atom)
  const lower = atom.toLowerCase()
  return `[${lower}${atom.toUpperCase()}${FOLDED[lower] ?? ''}]`
}
