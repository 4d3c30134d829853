import { join } from 'node:path'
import { readText, writeWhole } from './files.ts'
import { parseObject } from './json.ts'

/** Versions of a program that were tested: from the first, below the second. */
export interface VersionRange {
  readonly from: string
  readonly below: string
}

/** Whether a version lies in a range; a version that is no version does not. */
export function isTested(version: string, range: VersionRange): boolean {
  const parts = parseVersion(version)
  const from = parseVersion(range.from)
  const below = parseVersion(range.below)
  return parts !== undefined && compare(parts, from ?? []) >= 0 && compare(parts, below ?? []) < 0
}

/** The first thing in a text that looks like a version: `codex-cli 0.169.0` → `0.169.0`. */
export function versionIn(text: string | undefined): string | undefined {
  return /\d+(\.\d+){1,3}/.exec(text ?? '')?.[0]
}

function parseVersion(text: string): readonly number[] | undefined {
  const version = /^\d+(\.\d+){0,3}/.exec(text)?.[0]
  return version?.split('.').map(Number)
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (let index = 0; index < 4; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

const fileName = 'program.json'

/** Notes which version was started, so that later looks are at what runs and not at what was installed since. */
export async function recordStart(
  stateDir: string,
  version: string | undefined,
  isBriefed = false,
): Promise<void> {
  const record = { version: version ?? null, at: Date.now(), isBriefed }
  await writeWhole(join(stateDir, fileName), `${JSON.stringify(record)}\n`, 0o600)
}

export interface StartRecord {
  readonly version?: string
  /** When the start was prepared, epoch milliseconds: what a program wrote before is of an earlier life. */
  readonly at: number
  /** It was given a brief as an argument. */
  readonly isBriefed: boolean
}

export async function readStart(stateDir: string): Promise<StartRecord | undefined> {
  const text = await readText(join(stateDir, fileName))
  const { version, at, isBriefed } = (text.status === 'read' ? parseObject(text.value) : undefined) ?? {}
  if (typeof at !== 'number') return undefined
  return { at, isBriefed: isBriefed === true, ...(typeof version === 'string' && { version }) }
}

/** Why nothing may be typed into a program of that version, or undefined. */
export function watchedOnly(
  name: string,
  version: string | undefined,
  range: VersionRange,
): string | undefined {
  if (version !== undefined && isTested(version, range)) return undefined
  const which = version === undefined ? 'an unknown version' : version
  return `${name} is ${which}; ${range.from} to below ${range.below} is tested, so it is watched and not typed into`
}
