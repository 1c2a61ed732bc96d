export { type SegyFormatOptions, segyFormat } from './format.ts'
export { readSegyHeader, type SegyHeader, type SegyOptions } from './header.ts'
