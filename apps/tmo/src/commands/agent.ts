import { type Command, defineCommand, formatTable } from '@tmux-orchestrator/cli'
import type { EngineRequests } from '@tmux-orchestrator/orchestrator'
import { openDaemon } from '../daemon.ts'

type Answer = EngineRequests['agent.list']['result']

export const agentListCommand: Command = defineCommand({
  name: 'agent list',
  summary: 'The agents of a team.',
  examples: ['tmo agent list hello-abcd'],
  args: [{ name: 'id', description: 'an orchestration', required: true }],
  async run({ args, context }): Promise<Answer> {
    await using daemon = await openDaemon(context)
    return await daemon.call('agent.list', { id: args.id })
  },
  render: ({ agents }: Answer) =>
    formatTable(
      agents.map((agent) => [agent.name, agent.role, agent.state, agent.branch]),
      ['AGENT', 'ROLE', 'STATE', 'BRANCH'],
    ),
})
