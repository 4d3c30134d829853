import { type Command, defineCommand } from '@tmux-orchestrator/cli'
import { connectDaemon, isDaemonError } from '@tmux-orchestrator/daemon'
import { findTmo } from './find-tmo.ts'

/** What `tmo-scheduler start --json` prints. */
export interface StartAnswer {
  readonly running: true
  readonly pid: number
  readonly home: string
  readonly version: string
  /** False when a daemon ran already. */
  readonly started: boolean
}

export const startCommand: Command = defineCommand({
  name: 'start',
  summary: 'Start the daemon in the background, unless it runs already.',
  description: 'There is one daemon per TMO_HOME. It outlives this terminal; tmo-scheduler stop ends it.',
  examples: ['tmo-scheduler start', 'tmo-scheduler start --json'],
  async run({ context: { env, signal } }): Promise<StartAnswer> {
    const running = await connectIfRunning(env, signal)
    const cliPath = findTmo(env)
    const start = { env, signal, start: true, ...(cliPath === undefined ? {} : { cliPath }) }
    await using daemon = running ?? (await connectDaemon(start))
    const { pid, home, version } = daemon.daemon
    return { running: true, pid, home, version, started: running === undefined }
  },
  render: ({ pid, home, started }: StartAnswer) =>
    `${started ? 'daemon started' : 'the daemon runs already'}: pid ${pid}, home ${home}`,
})

async function connectIfRunning(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<typeof connectDaemon>> | undefined> {
  try {
    return await connectDaemon({ env, signal })
  } catch (error) {
    if (isDaemonError(error, 'NOT_RUNNING')) return undefined
    throw error
  }
}
