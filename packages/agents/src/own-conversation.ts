import { join } from 'node:path'
import { readText, writeWhole } from './files.ts'
import { type HookEvent, readHooks } from './hooks.ts'
import { parseObject } from './json.ts'

/** What a program calls the conversation that we know by our id, and where it records it. */
export interface OwnConversation {
  readonly id: string
  readonly transcript?: string
}

const fileName = 'conversation.json'

/**
 * The program's own id of a conversation: from its hooks while it runs, else as it was noted. Programs choose their ids
 * themselves, and tell them with their first turn.
 */
export async function ownConversation(
  stateDir: string,
  conversationId: string,
): Promise<OwnConversation | undefined> {
  const told = toldByHooks((await readHooks(stateDir)) ?? [])
  const noted = await readNote(stateDir)
  if (told && (noted?.id !== told.id || noted.conversationId !== conversationId)) {
    await noteConversation(stateDir, conversationId, told)
  }
  return told ?? (noted?.conversationId === conversationId ? noted : undefined)
}

export async function noteConversation(
  stateDir: string,
  conversationId: string,
  own: OwnConversation,
): Promise<void> {
  await writeWhole(join(stateDir, fileName), `${JSON.stringify({ conversationId, ...own })}\n`, 0o600)
}

function toldByHooks(events: readonly HookEvent[]): OwnConversation | undefined {
  const last = events.findLast(({ fields }) => fields.has('session_id'))
  const id = last?.fields.get('session_id')
  const transcript = last?.fields.get('transcript_path')
  return id === undefined ? undefined : { id, ...(transcript !== undefined && { transcript }) }
}

async function readNote(
  stateDir: string,
): Promise<(OwnConversation & { readonly conversationId: string }) | undefined> {
  const text = await readText(join(stateDir, fileName))
  const note = text.status === 'read' ? parseObject(text.value) : undefined
  const { conversationId, id, transcript } = note ?? {}
  if (typeof conversationId !== 'string' || typeof id !== 'string') return undefined
  return { conversationId, id, ...(typeof transcript === 'string' && { transcript }) }
}
