import { isObject, type JsonObject } from './json.ts'

/** What a program asks its human, in one line; `choices` where there is one question and it names some. */
export interface Question {
  readonly subject: string
  readonly choices?: readonly string[]
}

const textMax = 1_000
const choiceMax = 200
const choicesMax = 20

/** The input of Claude Code's AskUserQuestion and Codex's request_user_input; undefined when it asks nothing that can be read. */
export function readQuestion({ questions }: JsonObject): Question | undefined {
  const all = Array.isArray(questions) ? questions : []
  const read = all.flatMap((one: unknown) => {
    if (!isObject(one) || typeof one['question'] !== 'string') return []
    return [{ subject: line(one['question'], textMax), choices: labels(one['options']) }]
  })
  const [only] = read
  if (only === undefined) return undefined
  if (read.length > 1) return { subject: read.map(inLine).join(' ').slice(0, textMax) }
  return only.choices.length === 0 ? { subject: only.subject } : only
}

function labels(options: unknown): readonly string[] {
  const all = Array.isArray(options) ? options.slice(0, choicesMax) : []
  return all.flatMap((one: unknown) =>
    isObject(one) && typeof one['label'] === 'string' ? [line(one['label'], choiceMax)] : [],
  )
}

function inLine({ subject, choices }: Required<Question>): string {
  return choices.length === 0 ? subject : `${subject} (${choices.join(', ')})`
}

function line(text: string, max: number): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, max)
}
