import { formatDuration } from '@tmux-orchestrator/cli'
import type { QuestionView } from '@tmux-orchestrator/orchestrator'
import { lineOf } from './wording-of-error.ts'

/** What an agent asks its human, and since when. */
export function wordingOfQuestion({ question, choices, since }: QuestionView): string {
  const asked = formatDuration(Date.now() - Date.parse(since))
  return `asks since ${asked}: ${questionInLine(question, choices)}`
}

/** A question with what it may be answered with, in one line that nothing in it can break or colour. */
export function questionInLine(question: string, choices: readonly string[]): string {
  const answers = choices.length === 0 ? '' : ` (${lineOf(choices.join(' · '))})`
  return `${lineOf(question)}${answers}`
}
