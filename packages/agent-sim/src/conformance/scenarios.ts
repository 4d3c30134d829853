import type { Persona } from '../persona.ts'

/** When the first message comes: the agent's own record has said that it is so. */
export type Moment = 'started' | 'idle' | 'asking' | 'limited' | 'drafting' | 'scrolling'

/** One situation that an orchestrator is put into. */
export interface Scenario {
  readonly name: string
  /** What is at stake, for people. */
  readonly about: string
  readonly persona: Partial<Persona>
  readonly when: Moment
  readonly texts: readonly string[]
  /** What has to become of every message in the end; `any`: the agent may take it with it. */
  readonly end: 'delivered' | 'any'
}

const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`).join('\n')
const two = ['first of two', 'second of two'] as const

/** All scenarios, in the order in which they run. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'contents',
    about: 'Texts of every kind arrive whole, and none of them as a command.',
    persona: {},
    when: 'idle',
    texts: [
      'hello',
      lines,
      'word '.repeat(1_000),
      '!touch typed',
      '/exit',
      'ends in \\',
      'Grüße 三毛猫 👩‍👩‍👧',
    ],
    end: 'delivered',
  },
  {
    name: 'starting',
    about: 'A prompt box that is not ready loses Enters and lines.',
    persona: { startupMs: 2_000 },
    when: 'started',
    texts: ['early\nand more', 'later'],
    end: 'delivered',
  },
  {
    name: 'busy',
    about: 'It works when messages come.',
    persona: { workMs: 1_500 },
    when: 'idle',
    texts: ['begin', ...two],
    end: 'delivered',
  },
  {
    name: 'lost-enters',
    about: 'The first two Enters are lost.',
    persona: { swallowEnters: 2 },
    when: 'idle',
    texts: ['hello', 'again'],
    end: 'delivered',
  },
  {
    name: 'dialog',
    about: 'A permission dialog stands; Enter would approve.',
    persona: { dialogEveryMs: 500, dialogForMs: 2_000 },
    when: 'asking',
    texts: ['please go on'],
    end: 'delivered',
  },
  {
    name: 'dialog-on-paste',
    about: 'A permission dialog opens the moment a paste begins.',
    persona: { dialogOnPaste: 'rm -rf build', dialogForMs: 2_500 },
    when: 'idle',
    texts: ['please go on', 'and on'],
    end: 'delivered',
  },
  {
    name: 'draft',
    about: 'A human types into the box, and leaves a draft in it for a while.',
    persona: { draftEveryMs: 700, draftForMs: 1_500 },
    when: 'drafting',
    texts: ['hello'],
    end: 'delivered',
  },
  {
    name: 'copy-mode',
    about: 'A human scrolls back; keys go to tmux.',
    persona: { scrollEveryMs: 500, scrollForMs: 1_500 },
    when: 'scrolling',
    texts: ['hello'],
    end: 'delivered',
  },
  {
    name: 'limit',
    about: 'A limit is reached, and ends.',
    persona: { limitEvery: 1, limitMs: 2_000, limitContinues: true },
    when: 'idle',
    texts: two,
    end: 'delivered',
  },
  {
    name: 'crash-at-enter',
    about: 'It dies when Enter comes, before the message is recorded.',
    persona: { crashEvery: 1, crashAt: 'enter' },
    when: 'idle',
    texts: two,
    end: 'any',
  },
  {
    name: 'crash-once-recorded',
    about: 'It dies right after the message is recorded.',
    persona: { crashEvery: 1, crashAt: 'recorded' },
    when: 'idle',
    texts: two,
    end: 'any',
  },
  {
    name: 'hang',
    about: 'It neither reads nor draws for a while, then reads all that was typed.',
    persona: { hangEvery: 1, hangMs: 4_000 },
    when: 'idle',
    texts: two,
    end: 'any',
  },
  {
    name: 'compaction',
    about: 'Its context is compacted: a summary quotes what was said.',
    persona: { compactEvery: 1, compactMs: 500 },
    when: 'idle',
    texts: [...two, 'third'],
    end: 'delivered',
  },
  {
    name: 'flood',
    about: 'It prints thousands of lines.',
    persona: { answerLines: 3_000 },
    when: 'idle',
    texts: [...two, 'third'],
    end: 'delivered',
  },
]
