// Adds up reports of vitest's JSON reporter, and says so in one line. A suite without a report failed as a whole.
import { readFile } from 'node:fs/promises'

let passed = 0
let failed = 0
let skipped = 0
for (const path of process.argv.slice(2)) {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  const report = text === undefined ? undefined : JSON.parse(text)
  passed += report?.numPassedTests ?? 0
  skipped += (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0)
  failed += report?.numFailedTests ?? 0
  // A file that does not load has no tests that could fail.
  if (report === undefined || (!report.success && report.numFailedTests === 0)) failed++
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
if (failed > 0) process.exitCode = 1
