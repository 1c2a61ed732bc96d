const PLUS = 43
const MINUS = 45
const POINT = 46
const ZERO = 48
/** `e`, and `E` where its lower case bit is set. */
const EXPONENT = 101
const LOWER_CASE = 32

/** Digits of a mantissa that a double holds exactly, whatever they are. */
const MOST_DIGITS = 15
/** Powers of ten that doubles hold exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

/**
 * The double nearest to a number in decimal digits (`-12.5`, `1E3`), where it takes one exact product or quotient to
 * find it (Clinger, How to Read Floating Point Numbers Accurately, 1990): 15 digits and powers of ten up to 22.
 * `undefined` for all else, be it a number or not.
 */
export function smallDouble(text: string): number | undefined {
  const first = text.charCodeAt(0)
  let mantissa = 0
  let digits = 0
  let afterPoint = -1
  let exponent = 0
  for (let at = first === MINUS || first === PLUS ? 1 : 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const digit = code - ZERO
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit
      digits++
      if (afterPoint >= 0) afterPoint++
    } else if (code === POINT && afterPoint < 0) afterPoint = 0
    else if ((code | LOWER_CASE) === EXPONENT) {
      exponent = smallExponent(text, at + 1)
      break
    } else return undefined
  }
  if (digits === 0 || digits > MOST_DIGITS) return undefined
  const power = afterPoint > 0 ? exponent - afterPoint : exponent
  if (!(power >= -22 && power <= 22)) return undefined
  const value = power < 0 ? mantissa / POWERS[-power]! : mantissa * POWERS[power]!
  return first === MINUS ? -value : value
}

/** One or two digits with a sign from `start` to the end; NaN for all else. */
function smallExponent(text: string, start: number): number {
  const sign = text.charCodeAt(start)
  const from = sign === MINUS || sign === PLUS ? start + 1 : start
  const length = text.length - from
  if (length < 1 || length > 2) return Number.NaN
  let exponent = 0
  for (let at = from; at < text.length; at++) {
    const digit = text.charCodeAt(at) - ZERO
    if (digit < 0 || digit > 9) return Number.NaN
    exponent = exponent * 10 + digit
  }
  return sign === MINUS ? -exponent : exponent
}
