import { CliError, type Command, defineCommand } from '@tmux-orchestrator/cli'

const hint = 'tmo puts TMO_AGENT and TMO_TOKEN into each agent’s pane; tmo attach ID/NAME brings you there'

/** In an agent's pane these words never come here: `$TMO_HOME/bin/tmo` carries them straight to the daemon. */
export const reportCommand: Command = defineCommand({
  name: 'report',
  summary: 'What an agent says of its own work (in its pane).',
  examples: ['tmo report progress "half of it"', 'tmo report done'],
  args: [
    {
      name: 'kind',
      description: 'what it is',
      required: true,
      choices: ['progress', 'blocked', 'done', 'failed'],
    },
    { name: 'note', description: 'in a few words', variadic: true },
  ],
  run: () => Promise.reject(new CliError('FAILED', 'reports are made by agents, in their panes', { hint })),
})

export const inboxCommand: Command = defineCommand({
  name: 'inbox',
  summary: 'What was written to an agent (in its pane).',
  examples: ['tmo inbox'],
  run: () => Promise.reject(new CliError('FAILED', 'an inbox belongs to an agent, in its pane', { hint })),
})
