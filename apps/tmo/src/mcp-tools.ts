import { type ZodRawShape, z } from 'zod'

/** What an agent says on its command line, and what that reads from its stdin. */
export interface VerbCall {
  readonly argv: readonly string[]
  readonly stdin?: string
}

/** One verb as a tool of the Model Context Protocol. */
export interface VerbTool {
  readonly name: string
  readonly description: string
  readonly input: ZodRawShape
  /** Reads and changes nothing. */
  readonly isReading?: boolean
  /** `input` has been checked. */
  verb(input: Readonly<Record<string, unknown>>): VerbCall
}

/** Bytes; one argument of a process holds little more, and no NUL. */
const longest = 100_000
const text = (what: string): z.ZodString =>
  z
    .string()
    .min(1)
    .refine((value) => Buffer.byteLength(value) <= longest, {
      message: `it is larger than ${longest} bytes: write it to a file, commit it, and name the file`,
    })
    .refine((value) => !value.includes('\u0000'), 'a NUL character is not allowed')
    .describe(what)

const words = (...given: readonly unknown[]): string[] =>
  given.filter((word): word is string => typeof word === 'string')
const flag = (name: string, value: unknown): string[] => (typeof value === 'string' ? [name, value] : [])

/** Everything that agents may say, in the order in which it is needed. Words after `--` are data, whatever they look like. */
export const verbTools: readonly VerbTool[] = [
  {
    name: 'report',
    description:
      'Report on your own work to your orchestration: progress, blocked (you need somebody), done (committed and finished), failed.',
    input: {
      kind: z.enum(['progress', 'blocked', 'done', 'failed']),
      note: text('in a few words').optional(),
    },
    verb: ({ kind, note }) => ({ argv: ['report', '--', ...words(kind, note)] }),
  },
  {
    name: 'send',
    description: 'Send a message to another agent of your team, by its name.',
    input: { to: text('the name of the agent, as agent_list shows it'), text: text('the message') },
    verb: ({ to, text: message }) => ({ argv: ['send', '--', ...words(to), '-'], stdin: String(message) }),
  },
  {
    name: 'inbox',
    description: 'Read what was sent to you and what you have not read here yet.',
    input: {},
    verb: () => ({ argv: ['inbox'] }),
  },
  {
    name: 'task_list',
    description: 'List the tasks of your team: id, state, owner, title.',
    input: { mine: z.boolean().describe('only your own').optional() },
    isReading: true,
    verb: ({ mine }) => ({ argv: ['task', 'list', ...(mine === true ? ['--mine'] : [])] }),
  },
  {
    name: 'task_add',
    description: 'Add a task for your team.',
    input: {
      title: text('one line'),
      owner: text('the name of the agent that should do it').optional(),
      body: text('what is to be done').optional(),
    },
    verb: ({ title, owner, body }) => ({
      argv: ['task', 'add', ...flag('--owner', owner), ...flag('--body', body), '--', ...words(title)],
    }),
  },
  {
    name: 'task_assign',
    description: 'Give a task to an agent of your team.',
    input: { id: text('such as t1'), owner: text('the name of the agent') },
    verb: ({ id, owner }) => ({ argv: ['task', 'assign', '--', ...words(id, owner)] }),
  },
  {
    name: 'task_take',
    description: 'Say that you have begun a task.',
    input: { id: text('such as t1') },
    verb: ({ id }) => ({ argv: ['task', 'take', '--', ...words(id)] }),
  },
  {
    name: 'task_done',
    description: 'Say that a task is done, with the evidence: a commit, a test that passes.',
    input: { id: text('such as t1'), evidence: text('what shows it').optional() },
    verb: ({ id, evidence }) => ({ argv: ['task', 'done', '--', ...words(id, evidence)] }),
  },
  {
    name: 'task_drop',
    description: 'Drop a task that is not needed.',
    input: { id: text('such as t1'), why: text('the reason').optional() },
    verb: ({ id, why }) => ({ argv: ['task', 'drop', '--', ...words(id, why)] }),
  },
  {
    name: 'agent_list',
    description: 'List the agents of your team: name, role, state.',
    input: {},
    isReading: true,
    verb: () => ({ argv: ['agent', 'list'] }),
  },
  {
    name: 'schedule_add',
    description: 'Have a note sent later, to yourself or to another agent.',
    input: {
      when: text('minutes, 10m, an ISO instant, or a cron line'),
      to: text('the name of the agent'),
      note: text('what it is told'),
      tz: text('the time zone of a cron line').optional(),
    },
    verb: ({ when, to, note, tz }) => ({
      argv: ['schedule', 'add', ...flag('--tz', tz), '--', ...words(when, to, note)],
    }),
  },
  {
    name: 'schedule_list',
    description: 'List the notes that will be sent.',
    input: {},
    isReading: true,
    verb: () => ({ argv: ['schedule', 'list'] }),
  },
  {
    name: 'schedule_cancel',
    description: 'Cancel a note that was to be sent later.',
    input: { name: text('as schedule_list shows it') },
    verb: ({ name }) => ({ argv: ['schedule', 'cancel', '--', ...words(name)] }),
  },
]
