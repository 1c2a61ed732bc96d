import { type ErrorCode, PolyprovError } from '../errors.ts'

/** A replacement of `text[start, end)`; edits are listed in order and do not overlap. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly replacement: string
}

/** A text after edits, and the way back from its offsets to those of the original. */
export interface EditedText {
  readonly text: string
  readonly toOriginal: (offset: number) => number
}

export function applyEdits(text: string, edits: readonly Edit[]): EditedText {
  if (edits.length === 0) return { text, toOriginal: (offset) => offset }
  const pieces: string[] = []
  /** After the edit of the same index: offsets in the new text and in the original. */
  const newEnds: number[] = []
  let length = 0
  let copied = 0
  for (const edit of edits) {
    pieces.push(text.slice(copied, edit.start), edit.replacement)
    length += edit.start - copied + edit.replacement.length
    newEnds.push(length)
    copied = edit.end
  }
  pieces.push(text.slice(copied))
  const toOriginal = (offset: number): number => {
    let low = 0
    let high = newEnds.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (newEnds[middle]! <= offset) low = middle + 1
      else high = middle
    }
    const following = edits[low]
    const unchanged = low === 0 ? offset : edits[low - 1]!.end + (offset - newEnds[low - 1]!)
    return following === undefined ? unchanged : Math.min(unchanged, following.start)
  }
  return { text: pieces.join(''), toOriginal }
}

/** Line and column of an offset, both from 1; a line ends with LF, CR or CR LF. */
export function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset)
  const lines = before.split(/\r\n|\r|\n/)
  return { line: lines.length, column: lines[lines.length - 1]!.length + 1 }
}

/** An error that points into a query text: the message ends with line and column, and the details carry them. */
export function errorAt(code: ErrorCode, message: string, text: string, offset: number): PolyprovError {
  const position = positionOf(text, offset)
  return new PolyprovError(code, `${message} (line ${position.line}, column ${position.column})`, position)
}
