/** How the training set of a model was cut: the settings may stand with any of the chained preparation steps. */
export const Q2 = `# label: Preparation behind a model
# description: Tile size, noise threshold and ranges of slices of the training sets that a trained model came from.
# param model iri The trained model
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX pl: <https://w3id.org/polyprov/provlake#>
PREFIX provml: <https://w3id.org/polyprov/provml#>
SELECT DISTINCT ?dataset ?tileSize ?noiseThreshold ?axis ?rangeStart ?rangeEnd
WHERE {
  $model prov:wasDerivedFrom+ ?dataset .
  ?dataset a provml:LearningDatasetReferenceValue .
  OPTIONAL {
    ?dataset prov:wasDerivedFrom*/prov:wasGeneratedBy/prov:used ?tile .
    ?tile pl:attributeName ?tileName ; pl:value ?tileSize
    FILTER(?tileName IN ("tileSize", "tile_size"))
  }
  OPTIONAL {
    ?dataset prov:wasDerivedFrom*/prov:wasGeneratedBy/prov:used ?threshold .
    ?threshold pl:attributeName ?thresholdName ; pl:value ?noiseThreshold
    FILTER(?thresholdName IN ("noiseThreshold", "noise_threshold"))
  }
  OPTIONAL {
    ?dataset prov:wasDerivedFrom*/prov:wasGeneratedBy/prov:used ?range .
    ?range pl:axis ?axis ; pl:rangeStart ?rangeStart ; pl:rangeEnd ?rangeEnd
  }
}
ORDER BY ?dataset ?axis ?rangeStart
`
