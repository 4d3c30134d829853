import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { describeFailures, formatSummary } from './steps.mjs'

const run = promisify(execFile)

const step = { name: 'quick tests', ok: true, ms: 1200, passed: 3, failed: 0 }

test('the last line counts tests, and one for each other step that failed', () => {
  const summary = formatSummary([step, { ...step, name: 'types', ok: false, passed: 0, failed: 1 }])
  expect(summary.split('\n').at(-1)).toBe('3 passed, 1 failed')
  expect(summary).toContain('FAILED  types')
})

test('each failed test is named behind the table, with what it said', () => {
  const failures = describeFailures({
    testResults: [
      {
        name: `${process.cwd()}/packages/x/a.test.ts`,
        status: 'failed',
        assertionResults: [
          { fullName: 'one holds', status: 'passed' },
          {
            fullName: 'two holds',
            status: 'failed',
            failureMessages: ['\u001b[31mexpected 1 to be 2\u001b[39m\n    at a.ts:1'],
          },
        ],
      },
      {
        name: `${process.cwd()}/b.test.ts`,
        status: 'failed',
        message: 'no such module',
        assertionResults: [],
      },
    ],
  })
  expect(failures).toEqual([
    'packages/x/a.test.ts > two holds\n      expected 1 to be 2\n          at a.ts:1',
    'b.test.ts\n      no such module',
  ])
  const lines = formatSummary([{ ...step, ok: false, failed: 1, failures }]).split('\n')
  expect(lines).toContain('  FAILED  packages/x/a.test.ts > two holds')
  expect(lines.at(-1)).toBe('3 passed, 1 failed')
})

test('checks run beside a long one, tests only behind it, and what it printed is shown when it fails', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tmo-steps-'))
  const file = (name: string): string => JSON.stringify(join(folder, name))
  const node = (script: string): readonly string[] => [process.execPath, '-e', script]
  const untilThere = (name: string, then: string): string =>
    `const t = setInterval(() => { if (require('fs').existsSync(${file(name)})) { clearInterval(t); ${then} } }, 10)`
  const steps = [
    {
      name: 'long',
      isBeside: true,
      argv: node(`console.log('found something'); ${untilThere('short', `touch(); process.exitCode = 3`)}
        const touch = () => require('fs').writeFileSync(${file('long')}, '')`),
    },
    { name: 'short', argv: node(`require('fs').writeFileSync(${file('short')}, '')`) },
    {
      name: 'tests',
      counts: join(folder, 'counts.json'),
      argv: node(`const fs = require('fs')
        const numPassedTests = fs.existsSync(${file('long')}) ? 7 : 0
        fs.writeFileSync(${file('counts.json')}, JSON.stringify({ numPassedTests }))`),
    },
  ]
  const program = `import { runSteps } from ${JSON.stringify(new URL('./steps.mjs', import.meta.url).href)}
    const outcomes = await runSteps(${JSON.stringify(steps)}, process.env)
    console.log(JSON.stringify(outcomes.map(({ name, ok, passed, failed }) => [name, ok, passed, failed])))`
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', program])
  await rm(folder, { recursive: true })
  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual([
    ['long', false, 0, 1],
    ['short', true, 0, 0],
    ['tests', true, 7, 0],
  ])
  expect(stderr).toContain('found something')
})
