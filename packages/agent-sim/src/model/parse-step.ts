import { SimError } from '../errors.ts'
import { isRecord, parseJson } from '../json.ts'
import { findSteps, type RawStep } from './find-steps.ts'
import { type CallStep, type FailureKind, failureKinds, type Step } from './step.ts'

/**
 * Reads a step's argument.
 *
 * @throws SimError `BAD_STEP` when it does not say what its word needs
 */
export function parseStep(raw: RawStep): Step {
  const { op, argument } = raw
  if (isFailureKind(op)) return parseFailure(op, raw)
  switch (op) {
    case 'text':
      return { op, text: argument === '' ? 'ok' : argument }
    case 'slow':
      return parseSlow(raw)
    case 'bash':
    case 'escalate':
      if (argument === '') throw bad(raw, 'it names no command', `write <<${op} ls>>`)
      return { op, command: argument }
    case 'write':
      return parseWrite(raw)
    case 'tool':
      return parseTool(raw)
    case 'drop':
      return { op, times: timesOf(raw, argument) }
    case 'hang':
      return { op }
    case 'raw':
      return parseRaw(raw)
    default:
      throw bad(raw, `there is no step ${op}`, 'see the README for the steps there are')
  }
}

function isFailureKind(word: string): word is FailureKind {
  return failureKinds.some((kind) => kind === word)
}

function parseFailure(kind: FailureKind, raw: RawStep): Step {
  const [first = '', second = ''] = raw.argument.split(/\s+/)
  if (kind === '429') {
    const retryAfterSeconds = numberOf(raw, first === '' ? '5' : first, 'seconds to wait')
    return { op: 'fail', kind, times: timesOf(raw, second), retryAfterSeconds }
  }
  if (kind === 'limit' || kind === 'usage') {
    const times = timesOf(raw, second)
    if (first === '') return { op: 'fail', kind, times }
    return { op: 'fail', kind, times, resetsAt: numberOf(raw, first, 'epoch seconds') }
  }
  return { op: 'fail', kind, times: timesOf(raw, first) }
}

function parseSlow(raw: RawStep): Step {
  const [, number = '', rest = ''] = /^(\S*)\s*([\s\S]*)$/.exec(raw.argument) ?? []
  const seconds = numberOf(raw, number === '' ? '5' : number, 'seconds')
  if (rest === '') return { op: 'slow', seconds }
  const [inner] = findSteps(rest)
  const call = inner && parseStep(inner)
  if (call && isCall(call)) return { op: 'slow', seconds, call }
  throw bad(raw, 'what follows the seconds calls no tool', 'write <<slow 2 <<bash ls>>>>')
}

function isCall(step: Step): step is CallStep {
  return ['bash', 'escalate', 'write', 'tool'].includes(step.op)
}

function parseWrite(raw: RawStep): Step {
  const match = /^(\S+)\s*([\s\S]*)$/.exec(raw.argument)
  if (match === null) throw bad(raw, 'it names no file', 'write <<write notes.txt what it shall hold>>')
  return { op: 'write', path: match[1] ?? '', text: match[2] ?? '' }
}

function parseTool(raw: RawStep): Step {
  const match = /^(\S+)\s*([\s\S]*)$/.exec(raw.argument)
  if (match === null) throw bad(raw, 'it names no tool', 'write <<tool Read {"file_path":"/a"}>>')
  const input = parseJson(match[2] || '{}')
  if (!isRecord(input)) throw bad(raw, 'its arguments are no JSON object', 'write <<tool Read {"a":1}>>')
  return { op: 'tool', name: match[1] ?? '', input }
}

function parseRaw(raw: RawStep): Step {
  const match = /^([1-5]\d\d)\s+([\s\S]+)$/.exec(raw.argument)
  const body = match === null ? undefined : parseJson(match[2] ?? '')
  if (match === null || body === undefined)
    throw bad(raw, 'it needs a status and a JSON body', 'write <<raw 418 {"error":"teapot"}>>')
  return { op: 'raw', status: Number(match[1]), body }
}

function timesOf(raw: RawStep, word: string): number {
  return word === '' ? Number.POSITIVE_INFINITY : numberOf(raw, word, 'how many times')
}

function numberOf(raw: RawStep, word: string, what: string): number {
  const number = Number(word)
  if (word !== '' && Number.isFinite(number) && number >= 0) return number
  throw bad(
    raw,
    `${what}: ${JSON.stringify(word.slice(0, 40))} is no number of zero or more`,
    'write a number',
  )
}

function bad(raw: RawStep, why: string, hint: string): SimError {
  return new SimError('BAD_STEP', `the step ${raw.source.slice(0, 80)} cannot be taken: ${why}`, {
    details: { step: raw.source.slice(0, 200) },
    hint,
  })
}
