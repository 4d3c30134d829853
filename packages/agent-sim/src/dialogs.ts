import type { Answer, Dialog } from './prompt-box.ts'
import type { Note } from './transcript.ts'

export interface DialogsOptions {
  /** Shows the dialog, or takes it away. */
  readonly show: (dialog: Dialog | undefined) => void
  readonly note: (note: Note) => void
  /** It was answered, or closed by itself. */
  readonly done: (subject: string, given: Answer | 'withdrawn') => void
}

/** The permissions that an agent asks for: one at a time. */
export class Dialogs {
  readonly #options: DialogsOptions
  #answered: ((answer: Answer | 'withdrawn') => void) | undefined
  #standing: Promise<void> | undefined

  constructor(options: DialogsOptions) {
    this.#options = options
  }

  /** Ends when no dialog stands. */
  get closed(): Promise<void> | undefined {
    return this.#standing
  }

  /**
   * Asks, and ends with the answer. Who comes while another stands does not get to ask. `forMs`: it closes by itself
   * after that; `0`: never.
   */
  ask(subject: string, forMs = 0): Promise<void> {
    if (this.#standing !== undefined) return Promise.resolve()
    this.#standing = this.#ask(subject, forMs).finally(() => {
      this.#standing = undefined
    })
    return this.#standing
  }

  answer(answer: Answer): void {
    this.#answered?.(answer)
  }

  async #ask(subject: string, forMs: number): Promise<void> {
    const { show, note, done } = this.#options
    const answer = new Promise<Answer | 'withdrawn'>((resolve) => {
      this.#answered = resolve
    })
    const timer = forMs === 0 ? undefined : setTimeout(() => this.#answered?.('withdrawn'), forMs)
    note({ type: 'dialog', did: 'opened', subject })
    show({ title: 'Bash command', subject })
    const given = await answer
    clearTimeout(timer)
    this.#answered = undefined
    // Before the dialog goes: whoever sees that it is gone finds the answer in the conversation.
    note({ type: 'dialog', did: given, subject })
    done(subject, given)
    show(undefined)
  }
}
