import { readlink, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWhole } from './files.ts'
import { quoteWords } from './quote-words.ts'

/**
 * What an agent's pane runs: Codex's app-server behind a private socket, and Codex itself as its client, so that a message needs no
 * key. The pane's process becomes Codex. Both end with each other and with the pane:
 *
 * - A server at work outlives the hang-up of its terminal until its turn is over. A watcher holds the other end of a pipe that the
 *   pane's process has open until it is gone, however that went, and then ends what is left of the process group.
 * - Codex would look for a lost server for ever. Whoever waits for the server ends it.
 *
 * Where the server does not come up, Codex runs without one, and messages are typed.
 */
const script = `#!/bin/sh
umask 077
folder=$1
program=$2
shift 2
socket="$folder/codex-server"
alive="$folder/codex-alive"
joined="$folder/codex-joined"
# what a killed one left listens no more
rm -f "$(readlink "$socket")" "$socket" "$alive" "$joined"
(
  # a trap, not a deaf ear: that would be handed down to whatever the agent runs
  trap : HUP INT QUIT TERM
  /bin/sh "$folder/codex-server.sh"
  [ -e "$joined" ] && kill -TERM 0
) < /dev/null > /dev/null 2>&1 &
server=$!
count=0
while [ ! -S "$socket" ] && [ $count -lt 600 ] && kill -0 $server 2> /dev/null; do
  sleep 0.05
  count=$((count + 1))
done
[ -S "$socket" ] && mkfifo "$alive" || . "$folder/codex-alone.sh"
(
  trap '' HUP INT QUIT TERM
  { rm -f "$alive"; read -r word; } < "$alive"
  kill -TERM 0
  count=0
  while kill -0 $server && [ $count -lt 40 ]; do
    sleep 0.05
    count=$((count + 1))
  done
  kill -KILL 0
) < /dev/null > /dev/null 2>&1 &
exec 9<> "$alive"
true > "$joined"
exec "$program" "$@" --remote "unix://$socket"
`

/** Where the server of an agent listens. */
export function codexSocket(stateDir: string): string {
  return join(stateDir, 'codex-server')
}

/** What Codex and its server are told. */
export interface CodexSettings {
  /** Of both, by name. */
  readonly common: readonly string[]
  /** What Codex refuses to be told once it is a client, by name; the server is told instead. */
  readonly server: readonly string[]
  /** The same, as Codex alone is told. */
  readonly alone: readonly string[]
}

/** Writes what the pane runs, and gives its argv. `words` are Codex's own, such as the brief. */
export async function codexPane(
  stateDir: string,
  path: string,
  { common, server, alone }: CodexSettings,
  words: readonly string[],
): Promise<readonly string[]> {
  const listen = ['--listen', `unix://${codexSocket(stateDir)}`]
  const serving = quoteWords([path, 'app-server', ...common, ...server, ...listen])
  await writeWhole(join(stateDir, 'codex-server.sh'), `exec ${serving}\n`, 0o600)
  await writeWhole(
    join(stateDir, 'codex-alone.sh'),
    `exec "$program" "$@" ${quoteWords(['--no-daemon', ...alone])}\n`,
    0o600,
  )
  const program = join(stateDir, 'codex.sh')
  await writeWhole(program, script, 0o700)
  return ['/bin/sh', program, stateDir, path, ...words]
}

/**
 * Nobody looks for the server of an earlier life. Its socket is a link of Codex's own, to one with a short name in a folder that only
 * its user may enter; one that was killed leaves both.
 */
export async function forgetServer(stateDir: string): Promise<void> {
  const socket = codexSocket(stateDir)
  const target = await readlink(socket).catch(() => undefined)
  for (const path of [...(target === undefined ? [] : [target]), socket]) await rm(path, { force: true })
}
