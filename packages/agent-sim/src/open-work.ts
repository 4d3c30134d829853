import { openGit } from './git.ts'
import { roleOf } from './team-view.ts'
import type { Transcript } from './transcript.ts'
import { openVerbs } from './verbs.ts'
import { Work } from './work.ts'

export interface OpenWorkOptions {
  /** `<orchestration>/<name>`. */
  readonly address: string
  readonly role: string | undefined
  readonly root: string
  readonly seed: number
  readonly env: NodeJS.ProcessEnv
  readonly transcript: Transcript
  readonly say: (text: string) => void
  readonly signal: AbortSignal
}

/** The work of the agent with this address, with the verbs and git of the place it was started in. */
export function openWork(options: OpenWorkOptions): Work {
  const { address, env, root, signal } = options
  const slash = address.lastIndexOf('/')
  const name = address.slice(slash + 1)
  return new Work({
    ...options,
    name,
    orchestration: address.slice(0, Math.max(0, slash)),
    role: options.role ?? roleOf(name),
    git: openGit({ cwd: root, env, name, signal }),
    verbs: openVerbs({ cwd: root, env, signal }),
  })
}
