import { spawn } from 'node:child_process'
import {
  CliError,
  type Command,
  type Context,
  defineCommand,
  type ExitWith,
  exit,
} from '@tmux-orchestrator/cli'
import { openDaemon } from '../daemon.ts'

export const attachCommand: Command = defineCommand({
  name: 'attach',
  summary: "Look over an agent's shoulder, in a view of your own.",
  description:
    "Opens the agent's window in your terminal, also from within another tmux. Sizes of windows stay as they are. Leave with Ctrl-b d. With --print it only prints the command.",
  examples: ['tmo attach hello-abcd/developer', 'tmo attach hello-abcd --print'],
  args: [{ name: 'target', description: 'ID or ID/NAME', required: true }],
  options: [
    { flag: '--print', description: 'print the tmux command instead of running it' },
    { flag: '--read-only', description: 'look without being able to type' },
  ],
  async run({ args, options, context }): Promise<{ command: readonly string[] } | ExitWith> {
    const pane = await findPane(context, args.target)
    const view = `view-${process.pid}`
    const flags = ['ignore-size', ...(options.readOnly ? ['read-only'] : [])].join(',')
    const command = [
      context.env['TMO_TMUX'] || 'tmux',
      '-u',
      '-S',
      pane.socket,
      'new-session',
      '-s',
      view,
      '-t',
      `=${pane.session}:`,
      '-f',
      flags,
      ';',
      'set-option',
      'destroy-unattached',
      'on',
      ...(pane.window === null ? [] : [';', 'select-window', '-t', `${view}:${pane.window}`]),
    ]
    if (options.print || context.json) return { command }
    if (!context.isTty || context.stdout.isTTY !== true) {
      throw new CliError('FAILED', 'attach needs a terminal', {
        hint: `tmo logs ${args.target} shows the same as text; --print shows the command`,
      })
    }
    context.warn('leave with Ctrl-b d; the agent goes on')
    return exit(await run(command, context))
  },
  render: (answer: { command: readonly string[] }) => answer.command.map(shellWord).join(' '),
})

async function findPane(
  context: Context,
  target: string,
): Promise<{ socket: string; session: string; window: string | null }> {
  await using daemon = await openDaemon(context)
  const pane = await daemon.call('agent.pane', { target })
  if (pane.pane !== null && pane.socket !== '') return pane
  throw new CliError('FAILED', `${target} has no window now`, {
    hint: `tmo status ${target.split('/')[0] ?? ''} tells its state`,
  })
}

async function run(command: readonly string[], context: Context): Promise<0 | 1> {
  const { TMUX: _outer, TMUX_PANE: _pane, ...env } = context.env
  const [program = 'tmux', ...argv] = command
  const child = spawn(program, argv, { stdio: 'inherit', env })
  return await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code === 0 ? 0 : 1))
  })
}

function shellWord(word: string): string {
  return /^[A-Za-z0-9_./=:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
