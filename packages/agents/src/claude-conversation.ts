import type { Presence } from './adapter.ts'
import { readHead } from './files.ts'
import { parseObject } from './json.ts'

const headBytes = 262_144

/**
 * Whether a transcript holds a conversation that can be resumed. Its file is there before its first words are: of a program
 * that was killed in between, settings remain, and `--resume` finds no conversation.
 */
export async function findBeginning(path: string): Promise<Presence> {
  const head = await readHead(path, headBytes)
  if (head.status !== 'read') return head.status === 'absent' ? 'absent' : 'unknown'
  const { text, isWhole } = head.value
  if (text.split('\n').some(isTurn)) return 'present'
  return isWhole ? 'absent' : 'unknown'
}

function isTurn(line: string): boolean {
  const type = parseObject(line)?.['type']
  return type === 'user' || type === 'assistant'
}
