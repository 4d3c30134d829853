import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { runAttached, runBeside } from './run-program.mjs'
import { cacheDirectory, root, say, seconds } from './say.mjs'

/**
 * @typedef {{ name: string, argv: readonly string[], counts?: string, isBeside?: boolean }} Step
 *   `counts`: the file to which vitest writes its numbers; `isBeside`: it uses one core, and the checks behind it run meanwhile
 * @typedef {{ name: string, ok: boolean, ms: number, passed: number, failed: number, failures?: readonly string[] }} Outcome
 *   `failures`: for each failed test its file, its name and the first lines of what it said
 */

const bin = `${root}/node_modules/.bin`

/** @type {readonly Step[]} what needs no test runner: seconds each */
export const checkSteps = [
  { name: 'types', argv: [`${bin}/tsc`, '-p', 'tsconfig.check.json'], isBeside: true },
  { name: 'format and lint', argv: [`${bin}/biome`, 'check', '--error-on-warnings', '.'] },
  {
    name: 'types of scripts',
    argv: [process.execPath, `${root}/node_modules/typescript/bin/tsc`, '-p', 'scripts'],
  },
  { name: 'edges', argv: [process.execPath, 'scripts/check-edges.mjs'] },
  { name: 'unused code', argv: [`${bin}/knip`, '--no-progress', '--no-config-hints'] },
  { name: 'package health', argv: [process.execPath, 'scripts/check-health.mjs'] },
]

/**
 * A run of vitest over some projects, with the words after `npm test --` as its filters and flags.
 *
 * @param {string} name
 * @param {readonly string[]} projects
 * @param {readonly string[]} [extra]
 * @returns {Step}
 */
export function testStep(name, projects, extra = []) {
  const counts = `${cacheDirectory}/vitest-${projects[0]}.json`
  return {
    name,
    counts,
    argv: [
      ...[`${bin}/vitest`, 'run', ...projects.flatMap((project) => ['--project', project])],
      ...[
        '--passWithNoTests',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${counts}`,
        ...extra,
      ],
    ],
  }
}

/**
 * Runs every step, also behind a failed one: a person wants the whole picture. Tests begin when all before them has ended.
 *
 * @param {readonly Step[]} steps
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Outcome[]>} in the order of the steps
 */
export async function runSteps(steps, env) {
  mkdirSync(cacheDirectory, { recursive: true })
  /** @type {Promise<{ outcome: Outcome, code: number }>[]} */
  const begun = []
  for (const step of steps) {
    if (step.counts !== undefined) await Promise.all(begun)
    const running = runStep(step, env)
    begun.push(running)
    // A program that cannot be started is told when all are waited for.
    running.catch(() => undefined)
    if (step.isBeside) continue
    const { code } = await running
    if (code === 130 || code === 143) break
  }
  return (await Promise.all(begun)).map(({ outcome }) => outcome)
}

/** @param {Step} step @param {NodeJS.ProcessEnv} env */
async function runStep(step, env) {
  say(`${step.name} …`)
  if (step.counts !== undefined) rmSync(step.counts, { force: true })
  const startedAt = performance.now()
  const code = step.isBeside
    ? await runBeside(step.argv, { cwd: root, env })
    : await runAttached(step.argv, { cwd: root, env, stdin: 'ignore' })
  const ms = performance.now() - startedAt
  return { outcome: { name: step.name, ok: code === 0, ms, ...countTests(step, code === 0) }, code }
}

/** @param {Step} step @param {boolean} ok */
function countTests(step, ok) {
  const counted = step.counts === undefined ? { passed: 0, failed: 0, failures: [] } : readCounts(step.counts)
  // a step may fail without a failed test: a file that does not load, an error outside of any test
  return { ...counted, failed: ok ? counted.failed : Math.max(1, counted.failed) }
}

/** @param {string} file what vitest's JSON reporter wrote; nothing when it did not come so far */
function readCounts(file) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'))
    const { numPassedTests = 0, numFailedTests = 0 } = report
    return {
      passed: Number(numPassedTests),
      failed: Number(numFailedTests),
      failures: describeFailures(report),
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { passed: 0, failed: 1, failures: ['it ended before it wrote its report'] }
    throw error
  }
}

/**
 * What failed, for the end of the output, where it is still there when a log was cut.
 *
 * @param {{ testResults?: readonly {
 *   name: string, status: string, message?: string,
 *   assertionResults: readonly { fullName: string, status: string, failureMessages?: readonly string[] }[] }[] }} report
 * @returns {string[]}
 */
export function describeFailures({ testResults = [] }) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (status === 'failed' && failed.length === 0) return [`${relative(root, name)}\n${firstLines(message)}`]
    return failed.map(
      ({ fullName, failureMessages = [] }) =>
        `${relative(root, name)} > ${fullName}\n${failureMessages.map(firstLines).join('\n')}`,
    )
  })
}

/** @param {string} [text] */
const firstLines = (text = '') =>
  stripVTControlCharacters(text)
    .split('\n')
    .slice(0, 12)
    .map((line) => `      ${line.slice(0, 300)}`)
    .join('\n')

/**
 * The table and, as its last line, `N passed, N failed`: tests, and one for each other step that failed.
 *
 * @param {readonly Outcome[]} outcomes
 */
export function formatSummary(outcomes) {
  const width = Math.max(...outcomes.map(({ name }) => name.length))
  const lines = outcomes.map(({ name, ok, ms, passed, failed }) => {
    const tests =
      passed + failed === 0 || (passed === 0 && failed === 1) ? '' : `  ${passed} passed, ${failed} failed`
    return `  ${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(width)}  ${seconds(ms).padStart(8)}${tests}`
  })
  const sum = (/** @type {'passed' | 'failed'} */ key) =>
    outcomes.reduce((total, outcome) => total + outcome[key], 0)
  const failures = outcomes
    .flatMap((outcome) => outcome.failures ?? [])
    .map((failure) => `  FAILED  ${failure}`)
  const told = failures.length === 0 ? '' : `\n${failures.join('\n')}\n`
  return `\n${lines.join('\n')}\n${told}\n${sum('passed')} passed, ${sum('failed')} failed`
}
