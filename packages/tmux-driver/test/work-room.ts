import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CreatedSession, Tmux } from '../src/index.ts'
import { temporaryServer } from '../src/testing.ts'

/** A server with one session, and a folder for what panes write. */
export interface WorkRoom extends AsyncDisposable {
  readonly tmux: Tmux
  readonly work: CreatedSession
  readonly directory: string
}

export async function openWorkRoom(): Promise<WorkRoom> {
  const server = await temporaryServer()
  const { tmux } = server
  const work = await tmux.newSession({ name: 'work', command: ['cat', '-'] })
  const directory = await mkdtemp(join(tmpdir(), 'tmo-'))
  return {
    tmux,
    work,
    directory,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
