/** Training sets that were prepared with a range of slices. */
const DATASETS = `
        ?range pl:axis $axis ; pl:rangeStart ?rangeStart ; pl:rangeEnd ?rangeEnd .
        FILTER(IF($match = "overlap", ?rangeStart <= $end && ?rangeEnd >= $start, ?rangeStart = $start && ?rangeEnd = $end))
        ?preparation prov:used ?range .
        ?prepared prov:wasGeneratedBy ?preparation .
        ?dataset prov:wasDerivedFrom* ?prepared .
        ?dataset a provml:LearningDatasetReferenceValue .`

/** Epochs of the trainings on those sets. */
const EPOCHS = `
        ?user prov:used ?dataset .
        ?training pl:partOf? ?user .
        ?cycle pl:partOf ?training ; a pl:EpochExecution ; pl:iteration ?epoch .`

/** Epoch times and evaluation values, beside one another: joined they would multiply. */
export const Q5 = `# label: Trainings on a range of slices
# description: Epoch times, and evaluation values, of the trainings whose training set was prepared with a range of slices.
# param axis string oneOf=inline,crossline Which way the slices run
# param start integer First slice of the range
# param end integer Last slice of the range; it belongs to it
# param match string default=exact oneOf=exact,overlap Whether ranges must be the same or may overlap
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX pl: <https://w3id.org/polyprov/provlake#>
PREFIX provml: <https://w3id.org/polyprov/provml#>
SELECT ?dataset ?training ?epoch ?avgSeconds ?model ?measure ?value
WHERE {
  {
    SELECT ?dataset ?training ?epoch (AVG(?seconds) AS ?avgSeconds) WHERE {
      { SELECT DISTINCT ?dataset ?training ?cycle ?epoch WHERE {${DATASETS}${EPOCHS}
      } }
      ?batch pl:partOf ?cycle ; a pl:BatchExecution ; pl:status "FINISHED" ; pl:durationSeconds ?seconds
    }
    GROUP BY ?dataset ?training ?epoch
  } UNION {
    SELECT DISTINCT ?dataset ?training ?epoch ?model ?evaluation ?measure ?value WHERE {
      {${DATASETS}
        ?model prov:wasDerivedFrom+ ?dataset ; a provml:ModelReferenceValue ; prov:wasGeneratedBy ?generator ; provml:evaluatedBy ?evaluation .
        OPTIONAL { ?generator a pl:EpochExecution ; pl:iteration ?epoch ; pl:partOf ?whole }
        BIND(COALESCE(?whole, ?generator) AS ?training)
      } UNION {${DATASETS}${EPOCHS}
        ?evaluation prov:wasGeneratedBy ?cycle ; a provml:ModelEvaluation .
        FILTER NOT EXISTS { ?evaluated provml:evaluatedBy ?evaluation }
      }
      ?evaluation provml:measure ?measure ; pl:value ?value
    }
  }
}
ORDER BY ?dataset ?training ?epoch ?model ?measure
`
