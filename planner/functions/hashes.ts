import { type DigestAlgorithm, type FunctionDefinition, unary } from './definition.ts'
import { isSimpleLiteral, stringTerm } from './literals.ts'

const hash = (algorithm: DigestAlgorithm): FunctionDefinition =>
  unary((term, context) =>
    isSimpleLiteral(term) ? stringTerm(context.digest(algorithm, term.value).toLowerCase()) : undefined,
  )

/** Hash functions (SPARQL 1.1, section 17.4.6). */
export const hashFunctions: ReadonlyMap<string, FunctionDefinition> = new Map([
  ['MD5', hash('md5')],
  ['SHA1', hash('sha1')],
  ['SHA256', hash('sha256')],
  ['SHA384', hash('sha384')],
  ['SHA512', hash('sha512')],
])
