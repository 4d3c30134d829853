import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isAlive, Room, waitFor } from './room.ts'
import { expectTrue } from './truth.ts'

const spec = '# Ünïcode nötes\n\n## Tasks\n\n- [ ] Write `notes/one.md`\n- [ ] Write `notes/zwei ä.md`\n'

/** What a person may have set for the servers of their own; each line would break a server of ours that read it. */
const traps = (mark: string): string => `set -g default-command 'exit 3'
set -g default-shell /bin/false
set -g remain-on-exit off
set -g base-index 7
set -g pane-base-index 7
set -g renumber-windows on
set -g automatic-rename on
set -g history-limit 1
set -g prefix None
set -g update-environment ''
set -g destroy-unattached on
set-hook -g after-new-window kill-window
set-hook -g after-new-session 'run-shell "touch ${mark}"'
bind -n Enter send-keys x
run-shell 'touch ${mark}'
`

/** A person's own server, the one that \`tmux\` finds by default in this room, with a pane in which everything is started. */
class OwnServer implements Disposable {
  readonly env: NodeJS.ProcessEnv
  readonly #base: NodeJS.ProcessEnv

  constructor(folder: string) {
    this.#base = { PATH: process.env['PATH'], HOME: folder, TMUX_TMPDIR: folder, TERM: 'xterm' }
    this.#run('-f', '/dev/null', 'new-session', '-d', '-s', 'mine', 'sleep 100000')
    this.#run('set-buffer', 'what a person copied')
    const socket = this.#run('display-message', '-p', '#{socket_path},#{pid},0')
    this.env = { TMUX: socket, TMUX_PANE: this.#run('list-panes', '-F', '#{pane_id}'), TMUX_TMPDIR: folder }
  }

  /** All of it that could change. */
  look(): string {
    const format = '#{session_id} #{session_name} #{window_id} #{window_name} #{pane_id} #{pane_pid}'
    return [
      this.#run('list-panes', '-a', '-F', format),
      this.#run('list-clients'),
      this.#run('list-buffers'),
      this.#run('show-options', '-g'),
      this.#run('show-options', '-s'),
      this.#run('show-environment', '-g'),
      this.#run('show-hooks', '-g'),
      this.#run('list-keys'),
    ].join('\n')
  }

  [Symbol.dispose](): void {
    this.#run('kill-server')
  }

  #run(...argv: readonly string[]): string {
    return execFileSync('tmux', argv, { env: this.#base, encoding: 'utf8' }).trimEnd()
  }
}

describe('a hostile room', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tmo-hostile-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** Two paths of 150 bytes that differ in the last one. */
  function twinHomes(): readonly [string, string] {
    const base = join(folder, 'h'.repeat(148 - Buffer.byteLength(folder)))
    const homes = [`${base}a`, `${base}b`] as const
    for (const home of homes) expect(Buffer.byteLength(home)).toBe(150)
    return homes
  }

  it('has two homes with long names that hardly differ: two daemons and two servers, each its own', async () => {
    const user = join(folder, 'user')
    const mark = join(folder, 'trapped')
    mkdirSync(user)
    writeFileSync(join(user, '.tmux.conf'), traps(mark))
    using own = new OwnServer(user)
    const before = own.look()
    const [homeA, homeB] = twinHomes()
    // Inside a tmux, in a locale without UTF-8, without a terminal.
    const env = { ...own.env, HOME: user, LANG: 'C', LC_ALL: 'C', TERM: 'dumb' }
    await using a = new Room({ home: homeA, env, isDetached: true })
    await using b = new Room({ home: homeB, env, isDetached: true })
    const start = async (room: Room) => {
      const project = await room.project({ 'spec.md': spec }, { name: 'prøject' })
      const argv = ['run', '--project', project, '--spec', `${project}/spec.md`, '--agent', 'sim', '--wait']
      return { project, document: await room.json(argv) }
    }
    const [first, second] = await Promise.all([start(a), start(b)])
    await expectTrue(a, first.project, first.document)
    await expectTrue(b, second.project, second.document)
    const daemons = [a.daemonPid(), b.daemonPid()]
    const servers = [a.tmuxServerPid(), b.tmuxServerPid()]
    for (const pid of [...daemons, ...servers]) expect(pid !== undefined && isAlive(pid)).toBe(true)
    expect(new Set([...daemons, ...servers]).size).toBe(4)
    // What one home does does not touch the other.
    await a.tmo(['stop', '--all'])
    await a.tmo(['clean', '--all', '--yes'])
    await waitFor('its end', () => a.processes().length === 0)
    expect([b.daemonPid(), b.tmuxServerPid()]).toEqual([daemons[1], servers[1]])
    expect((await b.json<{ orchestrations: readonly unknown[] }>(['list'])).orchestrations).toHaveLength(1)
    expect(own.look()).toBe(before)
    expect(existsSync(mark)).toBe(false)
  })
})
