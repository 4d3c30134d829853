import type { LaunchPlan } from './adapter.ts'
import type { Environment } from './find-program.ts'
import { readVersion } from './program-version.ts'
import { readStart, recordStart, type VersionRange, versionIn, watchedOnly } from './version-range.ts'

/** Notes the version of a program that is about to be started, and whether its brief is among its arguments. */
export async function noteStarted(
  stateDir: string,
  command: readonly [string, ...string[]],
  env: Environment,
  briefed?: LaunchPlan['briefed'],
): Promise<void> {
  await recordStart(stateDir, versionIn(await readVersion(command, { env })), briefed === 'argument')
}

/** Why nothing may be typed into the program that was started with this folder, or undefined. */
export async function watchedProgram(
  title: string,
  stateDir: string,
  tested: VersionRange,
): Promise<string | undefined> {
  return watchedOnly(title, (await readStart(stateDir))?.version, tested)
}
