import {
  type Command,
  defineCommand,
  type ExitWith,
  exit,
  formatDuration,
  toPlainText,
} from '@tmux-orchestrator/cli'
import type { EngineRequests } from '@tmux-orchestrator/orchestrator'
import { openDaemon } from '../daemon.ts'

type Answer = EngineRequests['permission.answer']['result']

const target = { name: 'target', description: 'ID/NAME', required: true } as const
const request = {
  flag: '--request <request>',
  description: 'which of several; tmo status shows them',
} as const

export const approveCommand: Command = defineCommand({
  name: 'approve',
  summary: 'Allow what an agent asks for, once.',
  description:
    'Answers the one request that waits. Exit 3 when nothing shows that the answer counted. What may be done without asking stands under permissions: in .tmo/config.yaml.',
  examples: [
    'tmo approve hello-abcd/developer',
    'tmo approve hello-abcd/developer --request 4711-1790000000',
  ],
  args: [target],
  options: [request],
  async run({ args, options, context }): Promise<Answer | ExitWith<Answer>> {
    await using daemon = await openDaemon(context)
    const named = options.request === undefined ? {} : { request: options.request }
    const asked = { target: args.target, decision: 'allow', ...named } as const
    const answer = await daemon.call('permission.answer', asked)
    return answer.outcome === 'answered' ? answer : exit(3, answer)
  },
  render: (answer: Answer) => renderAnswer(answer),
})

export const denyCommand: Command = defineCommand({
  name: 'deny',
  summary: 'Refuse what an agent asks for; it goes on without.',
  examples: [
    'tmo deny hello-abcd/developer',
    'tmo deny hello-abcd/developer --reason "Use the test database."',
  ],
  args: [target],
  options: [
    request,
    { flag: '--reason <text>', description: 'what the agent is told, where its program can' },
  ],
  async run({ args, options, context }): Promise<Answer | ExitWith<Answer>> {
    await using daemon = await openDaemon(context)
    const asked = {
      target: args.target,
      decision: 'deny' as const,
      ...(options.request === undefined ? {} : { request: options.request }),
      ...(options.reason === undefined ? {} : { reason: options.reason }),
    }
    const answer = await daemon.call('permission.answer', asked)
    return answer.outcome === 'answered' ? answer : exit(3, answer)
  },
  render: (answer: Answer) => renderAnswer(answer),
})

function renderAnswer({ agent, tool, subject, decision, outcome, detail, waitedMs }: Answer): string {
  const asked = `${toPlainText(tool)}: ${toPlainText(subject)}`
  if (outcome === 'unknown')
    return `${agent}: nothing shows that the answer counted (${detail ?? ''}): ${asked}`
  const what = decision === 'allow' ? 'allowed once' : 'denied'
  return `${agent}: ${what}, after ${formatDuration(waitedMs)}: ${asked}`
}
