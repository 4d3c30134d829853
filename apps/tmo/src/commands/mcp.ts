import { CliError, type Command, defineCommand } from '@tmux-orchestrator/cli'

export const mcpCommand: Command = defineCommand({
  name: 'mcp',
  summary: 'The verbs of agents as an MCP server on stdio (in their panes).',
  description:
    'Its tools are what an agent says in its pane: report, send, inbox, task_list and so on. It speaks for the agent that TMO_AGENT and TMO_TOKEN name. Each launch sets it up for the programs that speak MCP.',
  examples: ['tmo mcp'],
  stream: true,
  async run({ context }): Promise<undefined> {
    const { env, signal } = context
    if (!env['TMO_AGENT'] || !env['TMO_TOKEN'] || !env['TMO_HOME']) {
      throw new CliError(
        'FAILED',
        'these tools are for agents: TMO_HOME, TMO_AGENT and TMO_TOKEN are not set',
        {
          hint: 'tmo puts them into each agent’s pane; tmo attach ID/NAME brings you there',
        },
      )
    }
    const { serveVerbs } = await import('../mcp-server.ts')
    await serveVerbs(env, signal)
  },
  render: () => undefined,
})
