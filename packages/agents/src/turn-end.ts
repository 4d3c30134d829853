import { access, mkdir, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { changedAt, writeWhole } from './files.ts'

/** `withdrawn`: it was not taken. `taken`: the agent's hook has it. `absent`: it was never offered, or long ago. */
export type Withdrawal = 'withdrawn' | 'taken' | 'absent'

/** Where the Stop hook looks for what the agent is told at the end of its turn. */
export function turnEndFolder(stateDir: string): string {
  return join(stateDir, 'turn-end')
}

/** Begins anew: nothing of an earlier life of the agent waits there. */
export async function clearTurnEnd(stateDir: string): Promise<void> {
  await rm(turnEndFolder(stateDir), { recursive: true, force: true })
  await mkdir(turnEndFolder(stateDir), { recursive: true, mode: 0o700 })
}

/** Lays a message where the hook finds it, as the hook's answer. */
export async function offerAtTurnEnd(
  stateDir: string,
  { token, text }: { readonly token: string; readonly text: string },
): Promise<void> {
  await writeWhole(fileOf(stateDir, token), JSON.stringify({ decision: 'block', reason: text }), 0o600)
}

/** The hook renames what it takes, and this removes what it did not: one of them comes first. */
export async function withdrawFromTurnEnd(stateDir: string, token: string): Promise<Withdrawal> {
  try {
    await unlink(fileOf(stateDir, token))
    return 'withdrawn'
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
  try {
    await access(`${fileOf(stateDir, token)}.taken`)
    return 'taken'
  } catch (error) {
    if (!isAbsent(error)) throw error
    return 'absent'
  }
}

/**
 * Notes that a message is about to be typed, which outlives this process. Gives what takes the note back where not one byte was typed;
 * an earlier note stays.
 */
export async function noteTyped(stateDir: string, token: string): Promise<() => Promise<void>> {
  if (await wasTyped(stateDir, token)) return async () => undefined
  await writeWhole(typedOf(stateDir, token), '', 0o600)
  return () => forgetTyped(stateDir, token)
}

export async function wasTyped(stateDir: string, token: string): Promise<boolean> {
  return (await changedAt(typedOf(stateDir, token))) !== undefined
}

/** It has arrived. */
export function forgetTyped(stateDir: string, token: string): Promise<void> {
  return rm(typedOf(stateDir, token), { force: true })
}

function typedOf(stateDir: string, token: string): string {
  return `${fileOf(stateDir, token)}.typed`
}

function fileOf(stateDir: string, token: string): string {
  return join(turnEndFolder(stateDir), `${token.replaceAll(/[^\w-]/g, '_')}.json`)
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}
