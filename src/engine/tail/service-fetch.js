/** Media types of SPARQL results that Comunica reads. */
const RESULTS = /^application\/sparql-results\+(json|xml)\b/
/** Bytes of one answer. */
const MOST_BYTES = 128 * 1_048_576
/** Requests of one query at once: Comunica itself sends as many as it has rows. */
const MOST_AT_ONCE = 8

/**
 * The `fetch` of one query: it knows which addresses are SPARQL endpoints, and which of them failed.
 *
 * @param {readonly string[]} endpoints
 */
export function serviceFetch(endpoints) {
  /** @type {Map<string, string>} */
  const failures = new Map()
  /** @param {string} address */
  const endpointOf = (address) => endpoints.find((each) => address === each || address.startsWith(withQuery(each)))

  /** @param {any} input @param {any} [init] @returns {Promise<Response>} */
  async function fetchService(input, init) {
    const address = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url
    const endpoint = endpointOf(address)
    if (endpoint === undefined) return failed(address, 'it is not one of the endpoints that the query names')
    // Comunica looks an address over before it takes it for an endpoint; the query says that it is one.
    if (address === endpoint && (init?.method ?? 'GET') === 'GET') return described(endpoint)
    await turn()
    try {
      return await wholeAnswer(await fetch(input, init))
    } catch (error) {
      return failed(endpoint, reason(error))
    } finally {
      underWay--
      waiting.shift()?.()
    }
  }

  let underWay = 0
  /** @type {(() => void)[]} */
  const waiting = []
  async function turn() {
    while (underWay >= MOST_AT_ONCE) await new Promise((resolve) => waiting.push(() => resolve(undefined)))
    underWay++
  }

  /** @param {string} endpoint @param {string} why @returns {never} */
  function failed(endpoint, why) {
    failures.set(endpoint, why)
    throw Object.assign(new Error(`SERVICE <${endpoint}> failed: ${why}`), { failures })
  }
  return { fetch: fetchService, failures }
}

/**
 * The answer once it is there to its end: Comunica takes one that breaks off for a whole one.
 *
 * @param {Response} response
 */
async function wholeAnswer(response) {
  if (!response.ok) throw new Error(`it answered with status ${response.status}`)
  const type = response.headers.get('content-type') ?? 'no media type'
  if (!RESULTS.test(type)) throw new Error(`it answered with ${type}, not with SPARQL results`)
  const text = await boundedText(response)
  if (!isWhole(text, type)) throw new Error('its answer is malformed, or breaks off')
  const whole = new Response(text, { headers: { 'content-type': type } })
  Object.defineProperty(whole, 'url', { value: response.url })
  return whole
}

/** @param {Response} response */
async function boundedText(response) {
  const decoder = new TextDecoder()
  let bytes = 0
  let text = ''
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw new Error(`its answer has more than ${MOST_BYTES / 1_048_576} MiB`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** @param {string} text @param {string} type */
function isWhole(text, type) {
  if (type.includes('xml')) return /<\/(\w+:)?sparql>\s*$/.test(text.slice(-200))
  try {
    const answer = JSON.parse(text)
    return Array.isArray(answer?.results?.bindings) || typeof answer?.boolean === 'boolean'
  } catch {
    return false
  }
}

/** @param {string} endpoint */
const withQuery = (endpoint) => `${endpoint}${endpoint.includes('?') ? '&' : '?'}`

/** @param {unknown} error */
function reason(error) {
  if (!(error instanceof Error)) return `${error}`
  return error.cause instanceof Error ? error.cause.message || /** @type {any} */ (error.cause).code : error.message
}

/** A service description (SPARQL 1.1 Service Description, section 3.2.1) of no more than the address. @param {string} endpoint */
function described(endpoint) {
  const description = `<${endpoint}> <http://www.w3.org/ns/sparql-service-description#endpoint> <${endpoint}> .`
  const response = new Response(description, { headers: { 'content-type': 'application/n-triples' } })
  Object.defineProperty(response, 'url', { value: endpoint })
  return response
}
