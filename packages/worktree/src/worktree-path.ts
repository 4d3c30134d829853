import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { isAbsolute, resolve } from 'node:path'
import { WorktreeError } from './errors.ts'

/** What the words of a template stand for. */
export interface WorktreePathOptions {
  /** What each placeholder stands for: `{ branch: 'feat/login' }` for `{branch}`. */
  readonly values: Readonly<Record<string, string>>
  /** Absolute; where a relative template begins, such as the main worktree. */
  readonly from: string
}

/** Of one value, in bytes: with what stands beside it a folder's name has 255 at most. */
const valueBytesMax = 80
const segmentBytesMax = 255

/**
 * The absolute path of a worktree by a template: `../{repository}.{branch}`, `~/trees/{branch}`. Each value becomes (a part of) one
 * folder's name and leads nowhere else: what no folder's name can hold everywhere (`/`, `\`, `:`, blanks, control characters, a dot or a
 * minus sign at its beginning) becomes `-` or `_`, and a value that was changed or cut ends in eight characters of its hash, so that two values of
 * one placeholder never meet in one folder (where letters' case counts). Placeholders side by side may: put a separator between them that no value holds.
 *
 * @throws BAD_TEMPLATE for a placeholder without a value, an empty value, a brace that stands alone, or a name that gets too long
 */
export function formatWorktreePath(template: string, { values, from }: WorktreePathOptions): string {
  if (!isAbsolute(from))
    throw badTemplate(template, `${JSON.stringify(from)} is not an absolute path`, values)
  if (template.trim() === '') throw badTemplate(template, 'it is empty', values)
  const filled = template.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) throw badTemplate(template, `nothing is known of {${name}}`, values)
    if (value === '') throw badTemplate(template, `{${name}} is empty`, values)
    return folderNameOf(value)
  })
  if (/[{}\0]/.test(filled)) throw badTemplate(template, 'a brace stands alone in it', values)
  const path = resolve(from, filled.replace(/^~(?=\/|$)/, homedir()))
  const long = path.split('/').find((name) => Buffer.byteLength(name) > segmentBytesMax)
  if (long !== undefined)
    throw badTemplate(template, `${long.slice(0, 40)}… is too long for a folder`, values)
  return path
}

function folderNameOf(value: string): string {
  const plain = value
    .normalize('NFC')
    .replaceAll(/[\p{C}\p{Z}/\\:*?"<>|{}]+/gu, '-')
    .replace(/^[-.~]+/, '_')
    .replace(/\.+$/, '-')
  const cut = cutToBytes(plain, valueBytesMax)
  // What looks as if it had a hash gets one too.
  if (cut === value && !/-[0-9a-f]{8}$/.test(value)) return value
  return `${cut}-${createHash('sha256').update(value).digest('hex').slice(0, 8)}`
}

function cutToBytes(text: string, most: number): string {
  let cut = ''
  for (const character of text) {
    if (Buffer.byteLength(cut) + Buffer.byteLength(character) > most) break
    cut += character
  }
  return cut
}

function badTemplate(
  template: string,
  why: string,
  values: Readonly<Record<string, string>>,
): WorktreeError<'BAD_TEMPLATE'> {
  const known = Object.keys(values)
  return new WorktreeError('BAD_TEMPLATE', `the path template ${JSON.stringify(template)}: ${why}`, {
    details: { template, known },
    hint:
      known.length === 0
        ? 'No placeholder is known here.'
        : `Known are ${known.map((name) => `{${name}}`).join(', ')}.`,
  })
}
