import type { Detection, Problem } from './adapter.ts'
import { type Environment, findProgram } from './find-program.ts'
import { readVersion, versionTimeoutMs } from './program-version.ts'
import { type VersionRange, versionIn, watchedOnly } from './version-range.ts'

export interface DetectProgramOptions {
  /** Its name on PATH. */
  readonly name: string
  /** Its name for people. */
  readonly title: string
  /** The command that installs it. */
  readonly install: string
  readonly env: Environment
  readonly tested: VersionRange
  /** What would make it ask a human when it starts. */
  readonly problems: () => Promise<readonly Problem[]>
  readonly signal?: AbortSignal
}

/** Is a program here, in which version, and will it start without asking? */
export async function detectProgram(options: DetectProgramOptions): Promise<Detection> {
  const { name, title, install, env, tested, signal } = options
  const path = await findProgram(name, env)
  if (path === undefined) return { status: 'missing', hint: `${title} is not installed: ${install}` }
  const version = versionIn(await readVersion([path], { env, ...(signal && { signal }) }))
  const problems = [...(version ? [] : [noVersion(options, path)]), ...(await options.problems())]
  if (!version || problems.length > 0)
    return { status: 'not-ready', path, ...(version && { version }), problems }
  const watched = watchedOnly(title, version, tested)
  return { status: 'ready', path, version, ...(watched !== undefined && { watchedOnly: watched }) }
}

function noVersion({ title, install }: DetectProgramOptions, path: string): Problem {
  const what = `${path} --version fails, or says nothing within ${versionTimeoutMs / 1_000} s`
  return { what, remedy: `Run it by hand; where it fails, install ${title} again: ${install}` }
}
