import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Room } from './room.ts'

/** A terminal of 120 columns, in which one command runs. */
export class Terminal implements Disposable {
  readonly #socket: string
  readonly #env: NodeJS.ProcessEnv

  constructor(room: Pick<Room, 'folder' | 'env'>, ...command: readonly string[]) {
    this.#socket = join(room.folder, 'terminal')
    this.#env = room.env
    const options = ['set-option', '-g', 'remain-on-exit', 'on', ';']
    const size = ['-x', '120', '-y', '30']
    this.#tmux('-f', '/dev/null', ...options, 'new-session', '-d', ...size, ...command)
  }

  #tmux(...args: readonly string[]): string {
    const ran = spawnSync('tmux', ['-S', this.#socket, ...args], { env: this.#env, encoding: 'utf8' })
    if (ran.status !== 0) throw new Error(`tmux ${args.join(' ')}: ${ran.stderr}`)
    return ran.stdout
  }

  screen(): string {
    return this.#tmux('capture-pane', '-p')
  }

  /** With what has scrolled away, as the first line does when its command ends. */
  history(): string {
    return this.#tmux('capture-pane', '-p', '-S', '-')
  }

  /** Keys by tmux's names (`C-c`, `Enter`), or text. */
  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys)
  }

  /** The exit code of the command; undefined while it runs. */
  ended(): number | undefined {
    // tmux 3.3a sometimes misses that a child ended until it is told again; until then the pane is dead without a code.
    process.kill(Number(this.#tmux('display-message', '-p', '#{pid}')), 'SIGCHLD')
    const status = this.#tmux('display-message', '-p', '#{pane_dead_status}').trim()
    return status === '' ? undefined : Number(status)
  }

  [Symbol.dispose](): void {
    this.#tmux('kill-server')
  }
}
