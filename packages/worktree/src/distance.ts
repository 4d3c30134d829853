import { badRef } from './branch-name.ts'
import { type Context, inStore } from './context.ts'
import type { Distance } from './merge-types.ts'

export async function distance(
  context: Context,
  range: { readonly from: string; readonly to: string; readonly signal?: AbortSignal | undefined },
): Promise<Distance> {
  for (const revision of [range.from, range.to])
    if (/^-|\.\.|[\n\0]/.test(revision) || revision === '') throw badRef(revision, 'names no commit')
  const args = ['rev-list', '--left-right', '--count', `${range.from}...${range.to}`, '--']
  const run = { ...inStore(context), signal: range.signal, accept: [0, 128] }
  const { exitCode, stdout } = await context.git(args, run)
  const [behind, ahead] = stdout.trim().split('\t').map(Number)
  if (exitCode !== 0 || behind === undefined || ahead === undefined)
    throw badRef(`${range.from}...${range.to}`, 'names no commits')
  return { ahead, behind }
}
