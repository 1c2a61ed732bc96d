export { segyFormat } from './format.ts'
export { readSegyHeader, type SegyHeader } from './header.ts'
