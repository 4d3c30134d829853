import { parseArgs } from 'node:util'
import { runDaemon } from './run-daemon.ts'
import { toWireError } from './wire-error.ts'

/** The program of a daemon in the background: `main.js --home DIR [--cli PATH]`. What it says is for `logs/daemon.out`. */

function say(error: unknown): void {
  const { details: _, ...plain } = toWireError(error)
  const stack = error instanceof Error ? `${error.stack}\n` : ''
  process.stderr.write(`${stack}${JSON.stringify({ at: new Date().toISOString(), ...plain })}\n`)
}

/** Nothing is recovered in a state that nobody foresaw: the next start does it from the database. */
function crash(error: unknown): void {
  say(error)
  process.exit(1)
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { home: { type: 'string' }, cli: { type: 'string' } } })
  const aborter = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => aborter.abort())
  // A terminal that closes is no reason to end.
  process.on('SIGHUP', () => {})
  try {
    await runDaemon({
      signal: aborter.signal,
      ...(values.home === undefined ? {} : { home: values.home }),
      ...(values.cli === undefined ? {} : { cliPath: values.cli }),
    })
    return 0
  } catch (error) {
    say(error)
    return 1
  }
}

process.on('uncaughtException', crash)
process.on('unhandledRejection', crash)
// Ends at once: a part that could not be closed must not keep an ended daemon alive.
process.exit(await main())
