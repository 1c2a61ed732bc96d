import type { SyntheticSurvey } from './synthetic-survey.ts'

type Origin = SyntheticSurvey['origin']

/** Easting and northing, in metres, of a bin counted from the first. */
export function binPosition(survey: SyntheticSurvey, inline: number, crossline: number): readonly [number, number] {
  const { easting, northing, azimuth } = survey.origin
  const angle = (azimuth * Math.PI) / 180
  const along = crossline * survey.binSize
  const across = inline * survey.binSize
  return [
    easting + across * Math.sin(angle) + along * Math.cos(angle),
    northing + across * Math.cos(angle) - along * Math.sin(angle),
  ]
}

/** EPSG code of the UTM zone on WGS 84. */
export const epsgCode = ({ zone, south }: Origin): number => (south ? 32_700 : 32_600) + zone

const SEMI_MAJOR = 6_378_137
const ECCENTRICITY = 0.00669437999014
const SECOND = ECCENTRICITY / (1 - ECCENTRICITY)
const SCALE = 0.9996
const DEGREES = 180 / Math.PI

/**
 * Longitude and latitude on WGS 84, in degrees, of a UTM position (Snyder, Map Projections: A Working Manual, 1987,
 * equations 8-17 to 8-25).
 */
export function toLongitudeLatitude(
  { zone, south }: Origin,
  easting: number,
  northing: number,
): readonly [number, number] {
  const meridian = (south ? northing - 10_000_000 : northing) / SCALE
  const e = ECCENTRICITY
  const mu = meridian / (SEMI_MAJOR * (1 - e / 4 - (3 * e ** 2) / 64 - (5 * e ** 3) / 256))
  const flat = (1 - Math.sqrt(1 - e)) / (1 + Math.sqrt(1 - e))
  const foot =
    mu +
    ((3 * flat) / 2 - (27 * flat ** 3) / 32) * Math.sin(2 * mu) +
    ((21 * flat ** 2) / 16 - (55 * flat ** 4) / 32) * Math.sin(4 * mu) +
    ((151 * flat ** 3) / 96) * Math.sin(6 * mu)
  const sine = Math.sin(foot)
  const c = SECOND * Math.cos(foot) ** 2
  const t = Math.tan(foot) ** 2
  const n = SEMI_MAJOR / Math.sqrt(1 - e * sine ** 2)
  const r = (SEMI_MAJOR * (1 - e)) / (1 - e * sine ** 2) ** 1.5
  const d = (easting - 500_000) / (n * SCALE)
  const latitude =
    foot -
    ((n * Math.tan(foot)) / r) *
      (d ** 2 / 2 -
        ((5 + 3 * t + 10 * c - 4 * c ** 2 - 9 * SECOND) * d ** 4) / 24 +
        ((61 + 90 * t + 298 * c + 45 * t ** 2 - 252 * SECOND - 3 * c ** 2) * d ** 6) / 720)
  const longitude =
    (d -
      ((1 + 2 * t + c) * d ** 3) / 6 +
      ((5 - 2 * c + 28 * t - 3 * c ** 2 + 8 * SECOND + 24 * t ** 2) * d ** 5) / 120) /
    Math.cos(foot)
  return [longitude * DEGREES + (zone * 6 - 183), latitude * DEGREES]
}

/** Outline of a survey as a GeoJSON polygon: longitude and latitude, closed, counter-clockwise (RFC 7946). */
export function outline(survey: SyntheticSurvey): { readonly type: 'Polygon'; readonly coordinates: number[][][] } {
  const [lastInline, lastCrossline] = [survey.inlines - 1, survey.crosslines - 1]
  const corners: readonly (readonly [number, number])[] = [
    [0, 0],
    [0, lastCrossline],
    [lastInline, lastCrossline],
    [lastInline, 0],
    [0, 0],
  ]
  const ring = corners.map(([inline, crossline]) => {
    const position = toLongitudeLatitude(survey.origin, ...binPosition(survey, inline, crossline))
    return position.map((degrees) => Math.round(degrees * 1e6) / 1e6)
  })
  return { type: 'Polygon', coordinates: [ring] }
}
