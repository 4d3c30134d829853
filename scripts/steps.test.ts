import { expect, test } from 'vitest'
import { describeFailures, formatSummary } from './steps.mjs'

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
