import { formatReport, runConformance, scenarios } from '@tmux-orchestrator/agent-sim/conformance'
import { type TemporaryServer, temporaryServer } from '@tmux-orchestrator/tmux-driver/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { carelessSubject, ownSubject } from './conformance-subject.ts'

let server: TemporaryServer
beforeAll(async () => {
  server = await temporaryServer()
})
afterAll(() => server[Symbol.asyncDispose]())

it.each(scenarios.map(({ name }) => name))(
  'this package is found truthful in the scenario %s',
  async (name) => {
    const report = await runConformance(ownSubject(server.tmux), { scenarios: [name] })
    expect(report.passed, formatReport(report)).toBe(true)
    expect(report.scenarios[0]?.claims.length).toBeGreaterThan(0)
    expect(report.scenarios[0]?.states.read).toBeGreaterThan(0)
  },
)

it.each([
  ['contents', ['ran-as-command']],
  ['starting', ['typed-while-starting']],
  ['lost-enters', ['lost']],
  ['dialog', ['approved', 'typed-into-dialog', 'lost']],
  ['dialog-on-paste', ['approved']],
  ['draft', ['merged']],
  ['crash-at-enter', ['lost']],
  ['busy', ['false-idle']],
])('who pastes and presses Enter without a look is found out in the scenario %s', async (name, kinds) => {
  const report = await runConformance(carelessSubject(server.tmux), { scenarios: [name], patienceMs: 2_000 })
  expect(report.passed).toBe(false)
  expect(Object.keys(report.findings), formatReport(report)).toEqual(expect.arrayContaining(kinds))
})

it('a scenario that is not there is refused', async () => {
  await expect(runConformance(ownSubject(server.tmux), { scenarios: ['nap'] })).rejects.toMatchObject({
    code: 'BAD_ARGUMENT',
    hint: expect.stringContaining('contents, starting'),
  })
})
