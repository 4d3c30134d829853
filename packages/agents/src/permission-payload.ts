import { isAbsolute, relative, resolve } from 'node:path'
import { geminiAsk } from './gemini-permissions.ts'
import { isObject, type JsonObject, parseObject } from './json.ts'
import { createAsk, type PermissionAsk } from './permission.ts'
import { readQuestion } from './read-question.ts'

const paths = ['file_path', 'notebook_path', 'path'] as const
const questions: ReadonlySet<string> = new Set(['AskUserQuestion', 'request_user_input'])

/**
 * What a PermissionRequest hook of Claude Code or Codex was given, or a Notification hook of Gemini CLI. What cannot be read is
 * partial, of no known tool; undefined: a notification of something else.
 */
export function parsePermission(
  payload: string,
  place: { readonly id: string; readonly askedAt: number },
): PermissionAsk | undefined {
  const event = parseObject(payload)
  if (event && typeof event['notification_type'] === 'string') {
    const folder = event['cwd']
    return geminiAsk(event, place, (path) => (typeof folder === 'string' ? seenFrom(folder, path) : path))
  }
  const tool = event?.['tool_name']
  if (!event || typeof tool !== 'string')
    return createAsk({ ...place, tool: 'unknown', subject: '', isPartial: true })
  const input = isObject(event['tool_input']) ? event['tool_input'] : {}
  const cwd = typeof event['cwd'] === 'string' ? event['cwd'] : undefined
  const isQuestion = questions.has(tool)
  const question = isQuestion ? readQuestion(input) : undefined
  return createAsk({ ...place, tool, subject: subjectOf(input, cwd), ...question, isQuestion })
}

function subjectOf(input: JsonObject, cwd: string | undefined): string {
  const { command, url } = input
  if (typeof command === 'string') return command
  for (const name of paths) {
    const path = input[name]
    if (typeof path === 'string') return cwd === undefined ? path : seenFrom(cwd, path)
  }
  return typeof url === 'string' ? url : JSON.stringify(input)
}

/** The path without `..`, from the agent's folder where it lies below. */
function seenFrom(cwd: string, path: string): string {
  const whole = resolve(cwd, path)
  const below = relative(cwd, whole)
  return below === '' || below.startsWith('..') || isAbsolute(below) ? whole : below
}
