import { geoJSONToWkt } from 'betterknown'
import { GEO } from '../../planner/namespaces.ts'

/** A GeoJSON geometry as `geo:wktLiteral`. */
export function structured(value: unknown, datatype: string): string | undefined {
  if (datatype !== `${GEO}wktLiteral`) return undefined
  try {
    return geoJSONToWkt(value as never)
  } catch {
    return undefined
  }
}
