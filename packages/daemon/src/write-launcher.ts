import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from './place.ts'
import { verbProgram } from './verb-program.ts'

export interface LauncherOptions {
  readonly home: string
  /** Absolute path of the node that runs everything, whatever `node` means in a pane. */
  readonly node: string
  readonly verbPath: string
  /** The program behind all other commands; without it they say that it is missing. */
  readonly cliPath?: string | undefined
}

/** The first words that an agent may say; `verb.js` carries them to the daemon. */
export const agentVerbs = ['report', 'send', 'task', 'inbox', 'schedule', 'agent'] as const

/** Writes `$TMO_HOME/bin/tmo`, whole or not at all. */
export function installLauncher({ home, paths }: Place, cliPath: string | undefined): void {
  const temporary = join(paths.bin, `.tmo-${process.pid}`)
  writeFileSync(temporary, formatLauncher({ home, node: process.execPath, verbPath: verbProgram, cliPath }), {
    mode: 0o700,
  })
  renameSync(temporary, join(paths.bin, 'tmo'))
}

/** A POSIX shell script; an agent's NODE_OPTIONS are for its own programs and slow ours down. */
export function formatLauncher({ home, node, verbPath, cliPath }: LauncherOptions): string {
  const other =
    cliPath === undefined
      ? `echo 'tmo: only the verbs of agents (${agentVerbs.join(', ')}) are available here' >&2\nexit 2`
      : `start ${quote(cliPath)} "$@"`
  return `#!/bin/sh
# Written by the tmux-orchestrator daemon at each start.
[ -n "$TMO_HOME" ] || TMO_HOME=${quote(home)}
export TMO_HOME
start() {
  if [ ! -e "$1" ]; then
    echo "tmo: the program was removed: $1 is gone" >&2
    echo 'hint: npm install -g tmux-orchestrator, then tmo list: the teams of this home go on' >&2
    exit 1
  fi
  exec ${quote(node)} "$@"
}
if [ -n "$TMO_AGENT" ] && [ -n "$TMO_TOKEN" ]; then
  case "$1" in
    ${agentVerbs.join('|')})
      unset NODE_OPTIONS
      start ${quote(verbPath)} "$@" ;;
  esac
fi
${other}
`
}

/** One word for the shell, whatever it contains. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
