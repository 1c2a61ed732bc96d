/**
 * The six questions as somebody would write them who has read nothing but the vocabulary. Parameters are variables of
 * the same names.
 */
const PREFIXES = `
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX pl: <https://w3id.org/polyprov/provlake#>
PREFIX provml: <https://w3id.org/polyprov/provml#>
PREFIX segy: <https://w3id.org/polyprov/segy#>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX og: <https://w3id.org/polyprov/example/seismic#>
`

/** The vocabulary's own text of Q1, to the letter. */
export const RAW_Q1 = `${PREFIXES}
SELECT ?seismic ?path ?store ?inlines ?crosslines ?samples ((?inlines + ?crosslines) AS ?slices) ?wkt ?crs ?basin ?field WHERE {
  $model prov:wasDerivedFrom+ ?seismic .
  ?seismic pl:ofSchema pl:SeismicFile ; pl:value ?path ; pl:isStoredInStore ?store ; segy:inlineCount ?inlines ; segy:crosslineCount ?crosslines ; segy:sampleCount ?samples .
  OPTIONAL { ?a prov:wasDerivedFrom ?seismic ; pl:value ?survey . ?survey og:basin ?basin ; og:field ?field }
  OPTIONAL { ?d prov:wasDerivedFrom ?seismic ; geo:hasGeometry [ geo:asWKT ?polygon ] }
  OPTIONAL { ?seismic segy:footprint ?footprint } OPTIONAL { ?seismic segy:crs ?crs }
  BIND(COALESCE(?polygon, ?footprint) AS ?wkt)
}`

export const RAW_Q2 = `${PREFIXES}
SELECT DISTINCT ?dataset ?tileSize ?noiseThreshold ?axis ?rangeStart ?rangeEnd WHERE {
  $model prov:wasDerivedFrom+ ?dataset .
  ?dataset a provml:LearningDatasetReferenceValue ; prov:wasGeneratedBy ?cutting .
  ?cutting prov:used ?tile , ?noise .
  ?tile pl:attributeName "tileSize" ; pl:value ?tileSize .
  ?noise pl:attributeName "noiseThreshold" ; pl:value ?noiseThreshold .
  ?dataset prov:wasDerivedFrom+ / prov:wasGeneratedBy / prov:used ?range .
  ?range pl:axis ?axis ; pl:rangeStart ?rangeStart ; pl:rangeEnd ?rangeEnd .
}`

const LOSS = `
    ?MODEL a provml:ModelReferenceValue ; prov:wasDerivedFrom+ $dataset .
    OPTIONAL { ?MODEL provml:evaluatedBy [ provml:measure provml:loss ; provml:onStage provml:Validation ; pl:value ?validation ] }
    OPTIONAL { ?MODEL provml:evaluatedBy [ provml:measure provml:loss ; provml:onStage provml:Training ; pl:value ?training ] }
    BIND(COALESCE(?validation, ?training) AS ?LOSS)
    FILTER(?LOSS = ?LOSS)
    FILTER NOT EXISTS { ?MODEL prov:wasGeneratedBy / pl:partOf* ?failed . ?failed pl:status "FAILED" }`

const lossOf = (model: string, loss: string): string => LOSS.replaceAll('?MODEL', model).replaceAll('?LOSS', loss)

export const RAW_Q3 = `${PREFIXES}
SELECT ?model ?loss ?kind ?name ?value WHERE {
  { SELECT (MIN(?each) AS ?least) WHERE { ${lossOf('?any', '?each')} } }
  { SELECT ?model ?loss WHERE { ${lossOf('?model', '?loss')} } }
  FILTER(?loss = ?least)
  {
    ?model prov:wasGeneratedBy / pl:partOf* ?stage . ?stage provml:hyperParameter ?setting .
    BIND("hyperParameter" AS ?kind)
  } UNION {
    ?model provml:modelHyperParameter ?setting .
    BIND("modelHyperParameter" AS ?kind)
  } UNION {
    ?model provml:evaluatedBy ?setting .
    BIND("evaluation" AS ?kind)
  }
  ?setting pl:attributeName ?name ; pl:value ?value .
}`

export const RAW_Q4 = `${PREFIXES}
SELECT ?training ?epoch (COUNT(?batch) AS ?batches) (AVG(?seconds) AS ?avgSeconds) (MIN(?seconds) AS ?minSeconds) (MAX(?seconds) AS ?maxSeconds) WHERE {
  ?training a provml:LearningStageExecution ; prov:used $dataset .
  ?cycle a pl:EpochExecution ; pl:partOf ?training ; pl:iteration ?epoch .
  ?batch a pl:BatchExecution ; pl:partOf ?cycle ; pl:status "FINISHED" ; pl:durationSeconds ?seconds .
} GROUP BY ?training ?cycle ?epoch`

/** The ranges that a question means, by how they are to match. */
const MATCHES = {
  exact: '?first = $start && ?last = $end',
  overlap: '?first <= $end && ?last >= $start',
} as const

export const rawQ5 = (match: keyof typeof MATCHES): string => `${PREFIXES}
SELECT ?dataset ?training ?epoch ?avgSeconds ?model ?measure ?value WHERE {
  ?selection prov:used [ pl:axis $axis ; pl:rangeStart ?first ; pl:rangeEnd ?last ] .
  FILTER(${MATCHES[match]})
  ?slices prov:wasGeneratedBy ?selection .
  ?dataset prov:wasDerivedFrom+ ?slices ; a provml:LearningDatasetReferenceValue .
  ?training prov:used ?dataset ; provml:stageType provml:Training .
  {
    SELECT ?training ?epoch (AVG(?seconds) AS ?avgSeconds) WHERE {
      ?cycle a pl:EpochExecution ; pl:partOf ?training ; pl:iteration ?epoch .
      ?batch a pl:BatchExecution ; pl:partOf ?cycle ; pl:status "FINISHED" ; pl:durationSeconds ?seconds .
    } GROUP BY ?training ?cycle ?epoch
  } UNION {
    ?cycle pl:partOf ?training ; a pl:EpochExecution ; pl:iteration ?epoch .
    ?evaluation prov:wasGeneratedBy ?cycle ; provml:measure ?measure ; pl:value ?value .
    OPTIONAL { ?model provml:evaluatedBy ?evaluation }
  } UNION {
    ?model a provml:ModelReferenceValue ; prov:wasGeneratedBy ?training ; provml:evaluatedBy ?evaluation .
    ?evaluation provml:measure ?measure ; pl:value ?value .
  }
}`

export const RAW_Q6 = `${PREFIXES}
SELECT ?seismic ?path ?store ?inlines ?crosslines ?samples ((?inlines + ?crosslines) AS ?slices) ?basin ?field WHERE {
  $dataset prov:wasDerivedFrom+ ?seismic .
  ?seismic pl:ofSchema pl:SeismicFile ; pl:value ?path ; pl:isStoredInStore ?store .
  ?seismic segy:inlineCount ?inlines ; segy:crosslineCount ?crosslines ; segy:sampleCount ?samples .
  OPTIONAL {
    ?note prov:wasDerivedFrom ?seismic ; pl:isStoredInStore <urn:polyprov:store/annotations> ; pl:value ?annotation .
    ?annotation a og:Survey ; og:basin ?basin ; og:field ?field .
  }
}`
