/**
 * Features of a square tile: the mean absolute amplitude of each trace, and the mean absolute difference of each trace
 * from its neighbour, which rises where a fault breaks the layers.
 */
export const featureCount = (tileSize: number): number => 2 * tileSize - 1

export const FEATURES = 'mean absolute amplitude by trace, mean absolute difference of neighbouring traces'

/** Features of many tiles, each of `tileSize` traces of `tileSize` samples, by rows. */
export function extractFeatures(tiles: Float32Array, tileSize: number): Float32Array {
  const area = tileSize * tileSize
  const count = tiles.length / area
  const width = featureCount(tileSize)
  const features = new Float32Array(count * width)
  for (let tile = 0; tile < count; tile++) {
    for (let trace = 0; trace < tileSize; trace++) {
      let amplitude = 0
      let difference = 0
      for (let sample = 0; sample < tileSize; sample++) {
        const at = tile * area + trace * tileSize + sample
        amplitude += Math.abs(tiles[at]!)
        if (trace > 0) difference += Math.abs(tiles[at]! - tiles[at - tileSize]!)
      }
      features[tile * width + trace] = amplitude / tileSize
      if (trace > 0) features[tile * width + tileSize + trace - 1] = difference / tileSize
    }
  }
  return features
}
