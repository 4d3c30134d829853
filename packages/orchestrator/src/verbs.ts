import type { TaskView } from './answers.ts'
import { OrchestratorError } from './errors.ts'
import type { EngineRequests, RequestName, VerbRequest, VerbResult } from './protocol.ts'
import { handleRequest, Replayed } from './requests.ts'
import type { Runtime } from './runtime.ts'
import { describeError, errorCode } from './runtime.ts'

interface ParsedVerb {
  readonly words: readonly string[]
  readonly flags: ReadonlyMap<string, string | true>
}

const valued = new Set(['owner', 'tz', 'body', 'evidence'])
const known = new Set([...valued, 'json', 'no-color', 'mine'])

const usage = `usage: tmo report progress|blocked|done|failed [NOTE]
       tmo send NAME TEXT|-
       tmo inbox
       tmo task list [--mine] | add TITLE [--owner NAME] | assign ID NAME | take ID | done ID [EVIDENCE] | drop ID [WHY]
       tmo agent list
       tmo schedule add WHEN NAME NOTE [--tz ZONE] | list | cancel NAME`

/**
 * Answers one agent's verb with what it prints. Exit codes: 0 done, 1 failed, 2 usage, 3 the answer is no.
 * A verb that is sent again with the same id takes effect once.
 */
export async function runVerb(runtime: Runtime, request: VerbRequest): Promise<VerbResult> {
  try {
    const verb = parse(request.argv)
    const call = async <N extends RequestName>(
      name: N,
      args: EngineRequests[N]['args'],
    ): Promise<EngineRequests[N]['result']> =>
      (await handleRequest(
        runtime,
        { name, args, as: request.as },
        { onceKey: request.id },
      )) as EngineRequests[N]['result']
    return await dispatch(verb, call, request)
  } catch (error) {
    if (error instanceof Replayed)
      return { stdout: '', stderr: 'this was done before; nothing changed\n', exitCode: 0 }
    if (error instanceof UsageFault)
      return { stdout: '', stderr: `${error.message}\n${usage}\n`, exitCode: 2 }
    const hint = error instanceof OrchestratorError && error.hint ? `hint: ${error.hint}\n` : ''
    if (errorCode(error) === undefined)
      runtime.log({ level: 'error', event: 'verb:failed', error: describeError(error) })
    return { stdout: '', stderr: `tmo: ${messageOf(error)}\n${hint}`, exitCode: 1 }
  }
}

class UsageFault extends Error {}

type Call = <N extends RequestName>(
  name: N,
  args: EngineRequests[N]['args'],
) => Promise<EngineRequests[N]['result']>

function parse(argv: readonly string[]): ParsedVerb {
  const words: string[] = []
  const flags = new Map<string, string | true>()
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? ''
    if (word === '--') {
      words.push(...argv.slice(index + 1))
      break
    }
    const flag = /^--([a-z][a-z-]*)(?:=(.*))?$/s.exec(word)
    if (!flag) {
      words.push(word)
      continue
    }
    const name = flag[1] ?? ''
    if (!known.has(name)) throw new UsageFault(`unknown flag ${word}`)
    if (!valued.has(name)) {
      flags.set(name, true)
      continue
    }
    if (flag[2] === undefined) index += 1
    const value = flag[2] ?? argv[index]
    if (value === undefined) throw new UsageFault(`--${name} needs a value`)
    flags.set(name, value)
  }
  return { words, flags }
}

async function dispatch(verb: ParsedVerb, call: Call, request: VerbRequest): Promise<VerbResult> {
  const [name, second, ...rest] = verb.words
  switch (name) {
    case 'report':
      return await report(verb, call)
    case 'send':
      return await send(verb, call, request)
    case 'inbox':
      return await inbox(verb, call)
    case 'task':
      return await task(verb, second, rest, call, request)
    case 'agent':
      return await agents(verb, second, call)
    case 'schedule':
      return await schedule(verb, second, rest, call)
    default:
      throw new UsageFault(`unknown verb ${JSON.stringify(name ?? '')}`)
  }
}

const reportKinds = ['progress', 'blocked', 'done', 'failed'] as const

async function report(verb: ParsedVerb, call: Call): Promise<VerbResult> {
  const [, kind, ...words] = verb.words
  const chosen = reportKinds.find((candidate) => candidate === kind)
  if (!chosen) throw new UsageFault(`${JSON.stringify(kind ?? '')} is not a kind of report`)
  const { accepted, reasons } = await call('report.add', { kind: chosen, note: words.join(' ') })
  if (accepted) return answer(verb, { accepted, kind: chosen }, `reported ${chosen}\n`)
  const lines = reasons.map((reason) => `  ${reason}`).join('\n')
  const text = `not taken as ${chosen}:\n${lines}\n`
  return { ...answer(verb, { accepted, kind: chosen, reasons }, ''), stderr: text, exitCode: 3 }
}

async function send(verb: ParsedVerb, call: Call, request: VerbRequest): Promise<VerbResult> {
  const [, target, ...words] = verb.words
  const text = words.length === 1 && words[0] === '-' ? (request.stdin ?? '') : words.join(' ')
  if (target === undefined || text === '') throw new UsageFault('send needs a NAME and a text')
  const { messages } = await call('message.send', { target, text })
  const lines = messages.map((message) => `to ${message.to}: ${message.state}\n`).join('')
  return answer(verb, { messages }, lines)
}

async function inbox(verb: ParsedVerb, call: Call): Promise<VerbResult> {
  const { messages } = await call('inbox.read', {})
  const lines = messages.map((message) => `${message.at} ${message.from}: ${message.text}\n`).join('')
  return answer(verb, { messages }, lines === '' ? 'nothing new\n' : lines)
}

async function task(
  verb: ParsedVerb,
  action: string | undefined,
  rest: readonly string[],
  call: Call,
  request: VerbRequest,
): Promise<VerbResult> {
  const [id, ...words] = rest
  if (action === 'list') {
    const { tasks } = await call('task.list', {})
    const own = request.as.agent.slice(request.as.agent.indexOf('/') + 1)
    const shown = verb.flags.has('mine') ? tasks.filter((candidate) => candidate.owner === own) : tasks
    return answer(verb, { tasks: shown }, shown.map(taskLine).join(''))
  }
  if (id === undefined) throw new UsageFault(`task ${action ?? ''} needs more`)
  const changed = await changeTask(verb, action, id, words, call)
  return answer(verb, { task: changed }, taskLine(changed))
}

async function changeTask(
  verb: ParsedVerb,
  action: string | undefined,
  id: string,
  words: readonly string[],
  call: Call,
): Promise<TaskView> {
  const evidence = words.length > 0 ? { evidence: words.join(' ') } : {}
  switch (action) {
    case 'add': {
      const owner = verb.flags.get('owner')
      const body = verb.flags.get('body')
      const title = [id, ...words].join(' ')
      return (
        await call('task.add', {
          title,
          ...(typeof owner === 'string' ? { owner } : {}),
          ...(typeof body === 'string' ? { body } : {}),
        })
      ).task
    }
    case 'assign': {
      const [owner] = words
      if (owner === undefined) throw new UsageFault('task assign needs an ID and a NAME')
      return (await call('task.assign', { task: id, owner })).task
    }
    case 'take':
      return (await call('task.set', { task: id, state: 'taken' })).task
    case 'done':
      return (await call('task.set', { task: id, state: 'done', ...evidence })).task
    case 'drop':
      return (await call('task.set', { task: id, state: 'dropped', ...evidence })).task
    default:
      throw new UsageFault(`unknown verb task ${action ?? ''}`)
  }
}

function taskLine(task: TaskView): string {
  const evidence = task.evidence === null ? '' : ` (${task.evidence})`
  return `${task.id} ${task.state} ${task.owner ?? '-'} ${task.title}${evidence}\n`
}

async function agents(verb: ParsedVerb, action: string | undefined, call: Call): Promise<VerbResult> {
  if (action !== 'list') throw new UsageFault(`unknown verb agent ${action ?? ''}`)
  const listed = await call('agent.list', {})
  return answer(
    verb,
    listed,
    listed.agents.map((agent) => `${agent.name} ${agent.role} ${agent.state}\n`).join(''),
  )
}

async function schedule(
  verb: ParsedVerb,
  action: string | undefined,
  rest: readonly string[],
  call: Call,
): Promise<VerbResult> {
  if (action === 'list') {
    const { schedules } = await call('schedule.list', {})
    const lines = schedules.map(
      (item) => `${item.name} ${item.target} next ${item.nextAt ?? '-'} ${item.note}\n`,
    )
    return answer(verb, { schedules }, lines.join(''))
  }
  const [first, target, ...words] = rest
  if (action === 'cancel' && first !== undefined) {
    return answer(verb, await call('schedule.cancel', { name: first }), `cancelled ${first}\n`)
  }
  if (action !== 'add' || first === undefined || target === undefined || words.length === 0) {
    throw new UsageFault('schedule add needs WHEN, NAME and a NOTE')
  }
  const tz = verb.flags.get('tz')
  const made = await call('schedule.add', {
    when: first,
    target,
    note: words.join(' '),
    ...(typeof tz === 'string' ? { tz } : {}),
  })
  return answer(verb, made, `${made.name} next ${made.nextAt}\n`)
}

function answer(verb: ParsedVerb, document: object, text: string): VerbResult {
  const stdout = verb.flags.has('json') ? `${JSON.stringify({ schemaVersion: 1, ...document })}\n` : text
  return { stdout, stderr: '', exitCode: 0 }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
