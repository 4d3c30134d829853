import { type Prompt, prompts } from '@tmux-orchestrator/agent-sim'
import { formatReport, runConformance } from '@tmux-orchestrator/agent-sim/conformance'
import { temporaryServer } from '@tmux-orchestrator/tmux-driver/testing'
import { expect, it } from 'vitest'
import { ownSubject } from '../test/conformance-subject.ts'

const slice = process.env['TMO_SLICE']
const chosen: readonly Prompt[] =
  slice === undefined ? prompts : prompts.filter((_, index) => index === Number(slice) % prompts.length)

it.each(chosen)('every scenario finds this package truthful with the prompt box of %s', async (prompt) => {
  await using server = await temporaryServer()
  const report = await runConformance(ownSubject(server.tmux), { prompts: [prompt], patienceMs: 30_000 })
  expect(report.passed, formatReport(report)).toBe(true)
})
