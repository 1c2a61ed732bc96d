import type { ObjectFormat } from '../formats/format.ts'
import { hdf5Format } from '../formats/hdf5/index.ts'
import { segyFormat } from '../formats/segy/index.ts'

/** The formats whose headers every object store reads; those told by a signature stand before those told by a name. */
export const objectFormats = (): readonly ObjectFormat[] => [hdf5Format(), segyFormat()]
