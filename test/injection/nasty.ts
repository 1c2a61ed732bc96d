import fc from 'fast-check'
import { XSD } from '../../planner/namespaces.ts'
import { iri, literal, type Term } from '../../planner/term.ts'

/** Texts that some language reads as more than a text. */
export const NASTY: readonly string[] = [
  ...[`'`, `"`, 'a"b', `''`, `""`, `"""`, `'''`, '`', `\\`, `\\\\`, `\\'`, `\\"`, `\\u0027`, `\\x27`],
  ...[
    `' OR '1'='1`,
    `'; DROP TABLE note; --`,
    `''; DELETE FROM note; --`,
    `1; SELECT pg_sleep(9)`,
    `E'\\''`,
    `$$`,
    `$1`,
  ],
  ...[
    '$where',
    '$gt',
    '$ne',
    '{"$gt":""}',
    '{$where: "sleep(1)"}',
    'a.b',
    '.',
    '$',
    '$text',
    '__proto__',
    'constructor',
  ],
  ...[
    '--',
    '/*',
    '*/',
    '/* */',
    '# comment',
    '//',
    ';',
    '%',
    '_',
    '%_%',
    '\\%',
    '.*',
    '(',
    '[',
    '(?<a>',
    '^a$',
    '{2}',
    '|',
  ],
  ...[
    '} UNION { ?s ?p ?o',
    '> . ?s ?p ?o . <',
    '?s',
    '$s',
    '?',
    '<http://x/>',
    '{',
    '}',
    '" . ?s ?p "',
    '"@en',
    '"^^<x>',
  ],
  ...[
    '\n',
    '\r\n',
    '\t',
    ' ',
    '  x  ',
    '\u0085',
    '\u2028',
    '\u0007',
    '\u007f',
    '\ufeff',
    '\u200f\u202eabc\u202c',
    'e\u0301',
    'é',
  ],
  ...['😀', 'İ', 'ß', '%27', '%2e%2e', '%00', '+', '&', '<b>', ']]>', '..', '../secret', '/etc/passwd', 'a/../b', '~'],
  ...[
    'NULL',
    'null',
    'true',
    '0',
    '1e999',
    'NaN',
    'x'.repeat(3_000),
    '{a,b}',
    '{"a"}',
    '(a,b)',
    "\\'; --",
    'SERVICE <http://h/>',
  ],
]

/** Texts that most stores cannot even hold. */
export const UNSTORABLE: readonly string[] = ['\0', 'a\0b', '\ud800', 'a\udfffb', '\ud800"', '\ufffd']

const parts = [...NASTY.filter(({ length }) => length < 100), ...UNSTORABLE, 'x', 'note']

/** A text of the above, two or three of them in a row, or any text. */
export const nastyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...NASTY, ...UNSTORABLE),
  fc.array(fc.constantFrom(...parts), { minLength: 2, maxLength: 3 }).map((each) => each.join('')),
  fc.string({ unit: 'binary', maxLength: 6 }),
)

/** Terms whose every part may be such a text: also IRIs, datatypes and language tags that are none. */
export const nastyTerm: fc.Arbitrary<Term> = fc.oneof(
  nastyText.map((text) => literal(text)),
  nastyText.map((text) => literal(text, 'en')),
  fc.tuple(nastyText, nastyText).map(([text, tag]) => literal(text, `en-${tag}`)),
  fc.tuple(nastyText, nastyText).map(([text, type]) => literal(text, iri(`http://x/${type}`))),
  fc
    .tuple(nastyText, fc.constantFrom('integer', 'decimal', 'double', 'boolean', 'dateTime', 'date', 'anyURI'))
    .map(([text, type]) => literal(text, iri(XSD + type))),
  nastyText.map((text) => iri(`http://x/note/${text}`)),
  nastyText.map((text) => iri(text)),
)
