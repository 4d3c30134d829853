/** Something that an agent program asks a human before it does it. All of it is data: it is shown and compared, never run. */
export interface PermissionAsk {
  /** By which the program's own side knows it; unique within one agent. */
  readonly id: string
  /** What the program calls the tool: `Bash`, `Write`, `bash`, `external_directory` … */
  readonly tool: string
  /** The command, the path, the address, or the text of a question in one line; else the tool's input as JSON. */
  readonly subject: string
  /** Not all of it could be read, so that no pattern may allow it. */
  readonly isPartial: boolean
  /** A question to the human that an allow would not answer: it is left to its dialog. */
  readonly isQuestion: boolean
  /** What a question may be answered with, where its program tells. */
  readonly choices?: readonly string[]
  /** Epoch milliseconds; for a program that does not tell, when it was first looked at. */
  readonly askedAt: number
}

/** `pass` leaves it to the dialog in the agent's window. `reason` is shown to the model where the program can. */
export interface PermissionAnswer {
  readonly decision: 'allow' | 'deny' | 'pass'
  readonly reason?: string
}

/**
 * What became of an answer.
 *
 * - `answered` the program has it
 * - `gone` nobody waits for it: it was answered in the window, or the program ended
 * - `refused` nothing was handed over
 * - `unknown` it was handed over and nothing shows that it counted
 */
export type AnswerOutcome =
  | { readonly status: 'answered' }
  | { readonly status: 'gone' }
  | { readonly status: 'refused'; readonly detail: string }
  | { readonly status: 'unknown'; readonly detail: string }

const subjectMax = 4_096

/** An ask whose subject is kept to a size that can be stored and shown; what is cut is partial. */
export function createAsk(
  ask: Omit<PermissionAsk, 'isPartial' | 'isQuestion'> & Partial<PermissionAsk>,
): PermissionAsk {
  const isCut = ask.subject.length > subjectMax
  return {
    ...ask,
    tool: ask.tool.slice(0, 100),
    subject: ask.subject.slice(0, subjectMax),
    isPartial: isCut || (ask.isPartial ?? false),
    isQuestion: ask.isQuestion ?? false,
  }
}
