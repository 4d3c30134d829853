import { existsSync } from 'node:fs'
import { openRepository, type Repository } from '@tmux-orchestrator/worktree'

/** Each project's repository, opened once. */
export class Repositories {
  readonly #opened: Map<string, Promise<Repository>> = new Map()

  async open(path: string): Promise<Repository> {
    const known = await this.#opened.get(path)
    // A project that was moved away or removed is no longer what was opened.
    if (known && existsSync(known.commonDir)) return known
    const opened = openRepository(path)
    this.#opened.set(path, opened)
    opened.catch(() => this.#opened.delete(path))
    return await opened
  }
}
