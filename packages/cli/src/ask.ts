import { createInterface } from 'node:readline'
import type { Input, Output } from './context.ts'

export interface AskOptions {
  readonly question: string
  readonly choices?: readonly string[]
  readonly stdin: Input
  readonly stderr: Output
  readonly signal: AbortSignal
}

const attemptsMax = 3

/** Asks on a terminal; `undefined` at end of input and after three answers that fit no choice. */
export async function askOnTerminal(options: AskOptions): Promise<string | undefined> {
  options.signal.throwIfAborted()
  const reader = createInterface({ input: options.stdin, output: options.stderr, terminal: false })
  const stop = (): void => reader.close()
  options.signal.addEventListener('abort', stop, { once: true })
  try {
    options.stderr.write(formatQuestion(options))
    let attempts = 0
    for await (const line of reader) {
      const answer = pickChoice(line.trim(), options.choices)
      if (answer !== undefined) return answer
      attempts += 1
      if (attempts === attemptsMax) return undefined
      options.stderr.write('? ')
    }
    options.signal.throwIfAborted()
    return undefined
  } finally {
    options.signal.removeEventListener('abort', stop)
    reader.close()
  }
}

function formatQuestion({ question, choices }: AskOptions): string {
  if (choices === undefined) return `${question} `
  return `${question}\n${choices.map((choice, index) => `  ${index + 1}  ${choice}\n`).join('')}? `
}

/** A choice by its number, its name or an unambiguous beginning of its name. */
function pickChoice(text: string, choices: readonly string[] | undefined): string | undefined {
  if (choices === undefined) return text
  if (text === '') return undefined
  if (choices.includes(text)) return text
  const byNumber = /^\d+$/.test(text) ? choices[Number(text) - 1] : undefined
  if (byNumber !== undefined) return byNumber
  const begun = choices.filter((choice) => choice.startsWith(text))
  return begun.length === 1 ? begun[0] : undefined
}
