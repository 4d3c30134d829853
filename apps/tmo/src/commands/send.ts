import { text as readText } from 'node:stream/consumers'
import { type Command, defineCommand, type ExitWith, exit, UsageError } from '@tmux-orchestrator/cli'
import type { MessageView } from '@tmux-orchestrator/orchestrator'
import { openDaemon } from '../daemon.ts'

interface SendAnswer {
  readonly messages: readonly MessageView[]
}

const outcomeMs = 30_000

export const sendCommand: Command = defineCommand({
  name: 'send',
  summary: 'Deliver a message to agents, and say what came of it.',
  description:
    "Each message ends submitted (with proof from the agent's side), refused (with the reason), or unknown; one that is unknown and turns up in the agent's record within the hour is submitted after all. Exit 3 unless all were submitted. A message of - is read from stdin.",
  examples: [
    'tmo send hello-abcd/developer "Please add a changelog."',
    'tmo send hello-abcd -',
    'tmo send --all "Stop at noon."',
  ],
  args: [
    { name: 'target', description: 'ID/NAME, or ID for a whole team (left out with --all)' },
    { name: 'text', description: 'the message, or - for stdin', variadic: true },
  ],
  options: [
    { flag: '--all', description: 'to every running agent' },
    {
      flag: '--wait [seconds]',
      description: 'how long to wait for the outcome',
      type: 'integer',
      min: 0,
      max: 3600,
    },
  ],
  async run({ args, options, context }): Promise<SendAnswer | ExitWith<SendAnswer>> {
    const words = options.all ? [args.target, ...args.text] : args.text
    const said = words.filter((word) => word !== undefined)
    const target = options.all ? '*' : args.target
    const text = said.length === 1 && said[0] === '-' ? await readText(context.stdin) : said.join(' ')
    if (target === undefined || text.trim() === '') {
      throw new UsageError('say to whom and what', { hint: 'tmo send ID/NAME "text"' })
    }
    await using daemon = await openDaemon(context)
    const waitMs = typeof options.wait === 'number' ? options.wait * 1000 : outcomeMs
    const answer = await daemon.call('message.send', { target, text, waitMs }, { timeoutMs: waitMs + 30_000 })
    return answer.messages.every((message) => message.state === 'submitted') ? answer : exit(3, answer)
  },
  render: ({ messages }: SendAnswer) =>
    messages
      .map(
        (message) =>
          `${message.to}: ${message.state}${message.reason === null ? '' : ` (${message.reason})`}`,
      )
      .join('\n'),
})
