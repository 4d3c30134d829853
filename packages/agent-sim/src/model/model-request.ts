import { handedOnTexts } from './handed-on.ts'

/** The API that a request came by: Anthropic's Messages, OpenAI's Responses or Chat Completions, Gemini's. */
export type ApiName = 'anthropic' | 'responses' | 'chat' | 'gemini'

/** A message of a conversation, in whichever API it came. */
export interface Turn {
  readonly role: 'user' | 'assistant'
  /** What a user entered; what programs add themselves (reminders, the environment) is left out, results of tools too. */
  readonly texts: readonly string[]
}

/** A request for the model's next turn, in whichever API it came. */
export interface ModelRequest {
  readonly api: ApiName
  readonly model: string
  readonly isStream: boolean
  /** Names of the tools that the model may call. */
  readonly tools: readonly string[]
  readonly turns: readonly Turn[]
  /** The JSON schema that the answer must fit, when the program demands one. */
  readonly answerSchema?: unknown
}

/** Words that begin what programs add to a conversation themselves. */
const contextMarks =
  /^\s*(?:<(?:system-reminder|command-name|command-message|local-command|environment_context|user_instructions|permissions|session_context|turn_aborted)\b|# AGENTS\.md instructions)/

/** The texts that a person, or who typed in a person's stead, entered. */
export function enteredTexts(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => {
    const handedOn = handedOnTexts(text)
    if (handedOn.length > 0) return handedOn
    return text.trim() === '' || contextMarks.test(text) ? [] : [text]
  })
}

/**
 * Whether a program asks for something of its own (a title, which model to take, how hard a task is) rather than for a
 * turn of the conversation: it offers no tool, or wants an answer of a certain shape.
 */
export function isAuxiliaryRequest(request: ModelRequest): boolean {
  return request.tools.length === 0 || request.answerSchema !== undefined
}
