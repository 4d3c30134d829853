import { type Command, defineCommand, formatTable } from '@tmux-orchestrator/cli'
import type { EngineRequests } from '@tmux-orchestrator/orchestrator'
import { openDaemon } from '../daemon.ts'

type Added = EngineRequests['schedule.add']['result']
type Listed = EngineRequests['schedule.list']['result']

const add: Command = defineCommand({
  name: 'schedule add',
  summary: 'Send a note to an agent later, or again and again.',
  description: 'WHEN: minutes (30), 10m, 2h, an ISO instant, or a cron line of five fields in quotes.',
  examples: [
    'tmo schedule add 10m hello-abcd/developer "Commit what you have."',
    'tmo schedule add "0 9 * * 1-5" hello-abcd/developer "Good day." --tz UTC',
  ],
  args: [
    { name: 'when', description: 'when', required: true },
    { name: 'target', description: 'ID/NAME', required: true },
    { name: 'note', description: 'the text', required: true },
  ],
  options: [{ flag: '--tz <zone>', description: 'time zone of a cron line' }],
  async run({ args, options, context }): Promise<Added> {
    await using daemon = await openDaemon(context)
    const tz = options.tz === undefined ? {} : { tz: options.tz }
    return await daemon.call('schedule.add', { when: args.when, target: args.target, note: args.note, ...tz })
  },
  render: (made: Added) => `${made.name}, next at ${made.nextAt}`,
})

const list: Command = defineCommand({
  name: 'schedule list',
  summary: 'What is scheduled: notes and check-ins.',
  examples: ['tmo schedule list', 'tmo schedule list hello-abcd'],
  args: [{ name: 'id', description: 'only of this orchestration' }],
  async run({ args, context }): Promise<Listed> {
    await using daemon = await openDaemon(context)
    return await daemon.call('schedule.list', args.id === undefined ? {} : { target: args.id })
  },
  render: ({ schedules }: Listed) =>
    schedules.length === 0
      ? 'nothing is scheduled'
      : formatTable(
          schedules.map((row) => [row.name, row.target, row.when, row.nextAt ?? '-', row.note]),
          ['NAME', 'FOR', 'WHEN', 'NEXT', 'NOTE'],
        ),
})

const cancel: Command = defineCommand({
  name: 'schedule cancel',
  summary: 'Cancel a note that is scheduled.',
  examples: ['tmo schedule cancel note:hello-abcd/developer:1a2b3c4d'],
  args: [{ name: 'name', description: 'its name in the list', required: true }],
  async run({ args, context }): Promise<{ cancelled: boolean }> {
    await using daemon = await openDaemon(context)
    return await daemon.call('schedule.cancel', { name: args.name })
  },
  render: () => 'cancelled',
})

export const scheduleCommands: readonly Command[] = [add, list, cancel]
