/** Models of a training set with their loss: on validation where that was measured, else on training. */
const losses = (loss: string) => `
      ?model prov:wasDerivedFrom+ $dataset ; a provml:ModelReferenceValue .
      {
        ?model provml:evaluatedBy ?validation .
        ?validation provml:measure provml:loss ; provml:onStage provml:Validation ; pl:value ${loss}
      } UNION {
        ?model provml:evaluatedBy ?training .
        ?training provml:measure provml:loss ; pl:value ${loss}
        OPTIONAL { ?training provml:onStage ?stage }
        FILTER(!BOUND(?stage) || ?stage = provml:Training)
        FILTER NOT EXISTS {
          ?model provml:evaluatedBy ?other .
          ?other provml:measure provml:loss ; provml:onStage provml:Validation
        }
      }
      FILTER(isNumeric(${loss}) && ${loss} = ${loss})
      FILTER NOT EXISTS { ?model prov:wasGeneratedBy/pl:partOf* ?run . ?run pl:status "FAILED" }`

/** The best models of a training set. `NaN` is not equal to itself; the entity keeps equal values of two apart. */
export const Q3 = `# label: Best model of a training set
# description: Hyperparameters and evaluation values of the model with the least loss; all of them where several tie. NaN and failed runs are left out.
# param dataset iri The training set
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX pl: <https://w3id.org/polyprov/provlake#>
PREFIX provml: <https://w3id.org/polyprov/provml#>
SELECT ?model ?loss ?kind ?name ?value
WHERE {
  { SELECT DISTINCT ?model ?loss ?kind ?entity ?name ?value WHERE {
    { SELECT (MIN(?candidate) AS ?least) WHERE {${losses('?candidate')}
    } }
    { SELECT DISTINCT ?model ?loss WHERE {${losses('?loss')}
    } }
    FILTER(?loss = ?least)
    {
      ?model prov:wasGeneratedBy/pl:partOf* ?learning .
      ?learning provml:hyperParameter ?entity .
      ?entity pl:attributeName ?name ; pl:value ?value
      BIND("hyperParameter" AS ?kind)
    } UNION {
      ?model provml:modelHyperParameter ?entity .
      ?entity pl:attributeName ?name ; pl:value ?value
      BIND("modelHyperParameter" AS ?kind)
    } UNION {
      ?model provml:evaluatedBy ?entity .
      ?entity provml:measure ?measure ; pl:value ?value
      BIND("evaluation" AS ?kind)
      BIND(REPLACE(STR(?measure), "^.*[#/]", "") AS ?name)
    }
  } }
}
ORDER BY ?model ?kind ?name ?value
`
