import { type Command, defineCommand, formatTable } from '@tmux-orchestrator/cli'
import type { TaskView } from '@tmux-orchestrator/orchestrator'
import { openDaemon } from '../daemon.ts'

interface TaskAnswer {
  readonly task: TaskView
}

interface TasksAnswer {
  readonly tasks: readonly TaskView[]
}

const id = { name: 'id', description: 'an orchestration', required: true } as const
const task = { name: 'task', description: 'a task of it, such as t1', required: true } as const

const list: Command = defineCommand({
  name: 'task list',
  summary: 'The tasks of a team.',
  examples: ['tmo task list hello-abcd'],
  args: [id],
  async run({ args, context }): Promise<TasksAnswer> {
    await using daemon = await openDaemon(context)
    return await daemon.call('task.list', { id: args.id })
  },
  render: ({ tasks }: TasksAnswer) =>
    formatTable(
      tasks.map((row) => [row.id, row.state, row.owner ?? '-', row.title, row.evidence ?? '']),
      ['TASK', 'STATE', 'OWNER', 'TITLE', 'EVIDENCE'],
    ),
})

const add: Command = defineCommand({
  name: 'task add',
  summary: 'Add a task while the team runs.',
  examples: ['tmo task add hello-abcd "Write a changelog" --owner developer'],
  args: [id, { name: 'title', description: 'one line', required: true }],
  options: [
    { flag: '--owner <name>', description: 'whose it is; the owner is told' },
    { flag: '--body <text>', description: 'more about it' },
  ],
  async run({ args, options, context }): Promise<TaskAnswer> {
    await using daemon = await openDaemon(context)
    return await daemon.call('task.add', {
      id: args.id,
      title: args.title,
      ...(options.owner === undefined ? {} : { owner: options.owner }),
      ...(options.body === undefined ? {} : { body: options.body }),
    })
  },
  render: renderTask,
})

const assign: Command = defineCommand({
  name: 'task assign',
  summary: 'Give a task to another agent.',
  examples: ['tmo task assign hello-abcd t1 developer-2'],
  args: [id, task, { name: 'owner', description: "an agent's name", required: true }],
  async run({ args, context }): Promise<TaskAnswer> {
    await using daemon = await openDaemon(context)
    return await daemon.call('task.assign', { id: args.id, task: args.task, owner: args.owner })
  },
  render: renderTask,
})

function setter(word: 'done' | 'drop', state: 'done' | 'dropped', summary: string): Command {
  return defineCommand({
    name: `task ${word}`,
    summary,
    examples: [`tmo task ${word} hello-abcd t1 "seen by hand"`],
    args: [id, task, { name: 'evidence', description: 'how it shows, or why' }],
    async run({ args, context }): Promise<TaskAnswer> {
      await using daemon = await openDaemon(context)
      const evidence = args.evidence === undefined ? {} : { evidence: args.evidence }
      return await daemon.call('task.set', { id: args.id, task: args.task, state, ...evidence })
    },
    render: renderTask,
  })
}

function renderTask(answer: TaskAnswer): string {
  const row = answer.task
  return `${row.id} is ${row.state}, owner ${row.owner ?? 'nobody'}: ${row.title}`
}

/** What people can do with tasks; agents do the same by the verbs of their pane. */
export const taskCommands: readonly Command[] = [
  list,
  add,
  assign,
  setter('done', 'done', 'Say that a task is done.'),
  setter('drop', 'dropped', 'Drop a task: nobody owes it any more.'),
]
