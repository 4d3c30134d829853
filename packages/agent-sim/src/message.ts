export const briefMark = '[brief'
export const question = 'Please report your progress.'

/** What a submitted text asks of the agent. */
export type Message =
  | { readonly kind: 'brief' }
  | { readonly kind: 'question'; readonly from: string }
  | { readonly kind: 'directive'; readonly name: string; readonly argument: string }
  | { readonly kind: 'shell' }
  | { readonly kind: 'note' }

export type Directive = Extract<Message, { kind: 'directive' }>

const directives: readonly string[] = ['permission', 'slow', 'say', 'limit', 'compact', 'exit', 'crash']

/** Whether the program knows the word behind a `/`. */
export function isDirective(name: string): boolean {
  return directives.includes(name)
}

/**
 * Reads a submitted text. As in the real programs a text that begins with `!` would be a shell command and one that
 * begins with `/word` a command of the program: neither is a message.
 */
export function parseMessage(text: string): Message {
  if (text.startsWith('!')) return { kind: 'shell' }
  const directive = /^\/([a-z][a-z-]*)(?:\s+([\s\S]*))?$/i.exec(text)
  if (directive !== null) {
    return {
      kind: 'directive',
      name: (directive[1] ?? '').toLowerCase(),
      argument: (directive[2] ?? '').trim(),
    }
  }
  if (text.includes(briefMark)) return { kind: 'brief' }
  if (text.includes(question)) return { kind: 'question', from: senderOf(text) }
  return { kind: 'note' }
}

/** Who a message says it is from: `[from project_manager] …`, else the project manager, who asks such things. */
function senderOf(text: string): string {
  const from = /\[(?:message )?from (?:[\w.-]+\/)?([a-z][a-z0-9_]*(?:-\d+)?)\b/i.exec(text)?.[1]
  return from ?? 'project_manager'
}
