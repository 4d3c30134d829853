import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { isatty } from 'node:tty'
import { fileURLToPath } from 'node:url'

/** Tools that `tmo <tool> …` runs, with the package that each comes from. */
export const tools: Readonly<Record<string, string>> = {
  team: '@tmux-orchestrator/team-cli',
  daemon: '@tmux-orchestrator/scheduler-cli',
  refine: '@tmux-orchestrator/refine-cli',
  tune: '@tmux-orchestrator/tune-cli',
  chaos: '@tmux-orchestrator/chaos-cli',
  load: '@tmux-orchestrator/load-cli',
  sync: '@tmux-orchestrator/sync-cli',
  monitor: '@tmux-orchestrator/monitor-cli',
  credits: '@tmux-orchestrator/credits-cli',
  dashboard: '@tmux-orchestrator/dashboard-cli',
  selftest: '@tmux-orchestrator/selftest-cli',
}

/** The tools that the help names: those that are there. */
export const helpTools: readonly { readonly name: string; readonly summary: string }[] = [
  { name: 'daemon', summary: 'The daemon of this host and its jobs.' },
  { name: 'team', summary: 'The team for a project, with the evidence for each role.' },
  { name: 'sync', summary: 'How far branches are apart, what conflicts, and what was merged.' },
  { name: 'credits', summary: 'Who is held up by a limit, until when, and what happens then.' },
]

/** What people call a tool by the name of its own program, `tmo-<name>`. */
const otherNames: Readonly<Record<string, string>> = { scheduler: 'daemon' }

/**
 * Runs a tool that is a package of its own and answers its exit code; `undefined` when the first word names none.
 * A tool that is not installed is one line that says how to install it.
 */
export async function runTool(argv: readonly string[]): Promise<number | undefined> {
  const [name, ...rest] = argv
  if (name === undefined) return undefined
  if (Object.hasOwn(otherNames, name)) {
    process.stderr.write(`tmo: unknown command ${name}\nhint: did you mean tmo ${otherNames[name]}?\n`)
    return 2
  }
  if (!Object.hasOwn(tools, name)) return undefined
  const packageName = tools[name] ?? ''
  const program = findProgram(packageName)
  if (program === undefined) {
    process.stderr.write(`tmo: ${name} is not installed; run: npm install -g ${packageName}\n`)
    return 1
  }
  return await runProgram(program, rest)
}

function findProgram(packageName: string): string | undefined {
  const manifest = resolveManifest(packageName)
  if (manifest === undefined) return undefined
  const { bin }: { bin?: Record<string, string> } = JSON.parse(readFileSync(manifest, 'utf8'))
  const [path] = Object.values(bin ?? {})
  return path === undefined ? undefined : join(dirname(manifest), path)
}

/** Beside this package, or installed globally next to it. */
function resolveManifest(packageName: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`${packageName}/package.json`)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

/** Ctrl-C reaches both through the terminal; without one only this process is told, and passes it on. */
async function runProgram(program: string, argv: readonly string[]): Promise<number> {
  // Whoever starts the daemon hands this program on to it, so that panes and simulated agents come from here.
  const env = { ...process.env, TMO_CLI: fileURLToPath(new URL('../bin/tmo.js', import.meta.url)) }
  const child = spawn(process.execPath, [program, ...argv], { stdio: 'inherit', env })
  const hasTerminal = [0, 1, 2].some((fd) => isatty(fd))
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal)
  const interrupt = (signal: NodeJS.Signals): void => (hasTerminal ? undefined : forward(signal))
  process.on('SIGINT', interrupt).on('SIGTERM', forward)
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']))
    })
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', forward)
  }
}
