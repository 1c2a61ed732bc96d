/** What to say of something thrown: libraries in WebAssembly throw more than errors. */
export const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
