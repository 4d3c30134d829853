/** Whose prompt box the agent has: its own, or one that is drawn and reads keys as that program's was measured to. */
export type Prompt = 'sim' | 'claude' | 'codex' | 'gemini' | 'opencode'

/** Whose prompt box the program can imitate. */
export const prompts: readonly Prompt[] = ['sim', 'claude', 'codex', 'gemini', 'opencode']

/** What a prompt box makes of keys and pastes, as data. */
export interface PromptRules {
  readonly prompt: Prompt
  /** Text and a carriage return in one read: `kept` in the box as a paste, or `sent`. */
  readonly oneRead: 'kept' | 'sent'
  /** An Enter that follows text sooner than this breaks the line. */
  readonly enterAfterMs: number
  /** Larger pastes are folded up; `undefined`: none is. */
  readonly fold: Fold | undefined
  /** A folded paste reaches the agent between marks. */
  readonly wrapsPastes: boolean
  /** A backslash before Enter breaks the line. */
  readonly backslashBreaks: boolean
  /** A line that begins with `!` is for a shell, one that begins with `/word` for the program. */
  readonly hasCommands: boolean
  /** What is entered while it works is `recorded` at once, or `held` and told as one message when the turn is over. */
  readonly whileBusy: 'recorded' | 'held'
  /** Letters that answer a dialog, besides Enter (approves) and Escape (denies). */
  readonly dialogKeys: Readonly<Record<string, 'approved' | 'denied'>>
  /** Such a letter answers also in the midst of others that came in one read. */
  readonly answersInText: boolean
}

export interface Fold {
  readonly overChars: number
  readonly fromLines: number
  readonly shown: (paste: {
    readonly number: number
    readonly chars: number
    readonly lines: number
  }) => string
}

const numbered: Fold = {
  overChars: 800,
  fromLines: 10,
  shown: ({ number, lines }) => `[Pasted text #${number} +${lines - 1} lines]`,
}

const sim: PromptRules = {
  prompt: 'sim',
  oneRead: 'kept',
  enterAfterMs: 0,
  fold: numbered,
  wrapsPastes: true,
  backslashBreaks: true,
  hasCommands: true,
  whileBusy: 'recorded',
  dialogKeys: { '1': 'approved', '2': 'denied' },
  answersInText: false,
}

/** By program; see the README for what was measured of each. */
export const promptRules: Readonly<Record<Prompt, PromptRules>> = {
  sim,
  claude: {
    ...sim,
    prompt: 'claude',
    dialogKeys: { '1': 'approved', '2': 'approved', '3': 'approved', '4': 'denied' },
  },
  codex: {
    ...sim,
    prompt: 'codex',
    fold: {
      overChars: 1_000,
      fromLines: Number.POSITIVE_INFINITY,
      shown: ({ chars }) => `[Pasted Content ${chars} chars]`,
    },
    wrapsPastes: false,
    dialogKeys: {
      '1': 'approved',
      y: 'approved',
      '2': 'approved',
      p: 'approved',
      '3': 'denied',
      n: 'denied',
    },
    answersInText: true,
  },
  gemini: {
    ...sim,
    prompt: 'gemini',
    enterAfterMs: 100,
    fold: { overChars: 500, fromLines: 6, shown: ({ lines }) => `[Pasted Text: ${lines} lines]` },
    wrapsPastes: false,
    whileBusy: 'held',
    dialogKeys: { '1': 'approved', '2': 'approved', '3': 'denied' },
  },
  opencode: {
    ...sim,
    prompt: 'opencode',
    oneRead: 'sent',
    fold: undefined,
    wrapsPastes: false,
    dialogKeys: {},
  },
}
