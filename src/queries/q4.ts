/** Times of a training set's epochs; a training is the execution that the epochs are part of. */
export const Q4 = `# label: Epoch times of a training set
# description: Average, least and greatest time of the finished batches, for each epoch of each training on the set.
# param dataset iri The training set
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX pl: <https://w3id.org/polyprov/provlake#>
SELECT ?training ?epoch (COUNT(?batch) AS ?batches) (AVG(?seconds) AS ?avgSeconds) (MIN(?seconds) AS ?minSeconds) (MAX(?seconds) AS ?maxSeconds)
WHERE {
  { SELECT DISTINCT ?training ?cycle ?epoch WHERE {
    ?user prov:used $dataset .
    ?training pl:partOf? ?user .
    ?cycle pl:partOf ?training ; a pl:EpochExecution ; pl:iteration ?epoch
  } }
  ?batch pl:partOf ?cycle ; a pl:BatchExecution ; pl:status "FINISHED" ; pl:durationSeconds ?seconds
}
GROUP BY ?training ?epoch
ORDER BY ?training ?epoch
`
