/**
 * Terms as text between the two threads: `<iri`, `_label`, `"value"datatype`, `"value"@language`. Unlike the keys of
 * dictionaries, they keep a language tag as it is written.
 *
 * @param {{ readonly termType: string, readonly value: string, readonly language?: string, readonly datatype?: { readonly value: string } }} term
 */
export function textOf(term) {
  if (term.termType === 'NamedNode') return `<${term.value}`
  if (term.termType === 'BlankNode') return `_${term.value}`
  return term.language ? `"${term.value}"@${term.language}` : `"${term.value}"${term.datatype?.value}`
}
