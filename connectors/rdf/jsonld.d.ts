declare module 'jsonld' {
  export interface JsonLdTerm {
    readonly termType: 'NamedNode' | 'BlankNode' | 'Literal' | 'DefaultGraph'
    readonly value: string
    readonly language?: string
    readonly datatype?: { readonly value: string }
  }
  export interface JsonLdQuad {
    readonly subject: JsonLdTerm
    readonly predicate: JsonLdTerm
    readonly object: JsonLdTerm
    readonly graph: JsonLdTerm
  }
  interface Options {
    readonly base?: string
    readonly documentLoader?: (url: string) => Promise<never>
  }
  const jsonld: { toRDF(document: unknown, options?: Options): Promise<readonly JsonLdQuad[]> }
  export default jsonld
}
