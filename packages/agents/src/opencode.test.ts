import { readFileSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AgentHome, conversationId, openAgentHome } from '../test/agent-home.ts'
import { fixtureScreen } from '../test/fixture-screens.ts'
import type { LaunchPlan } from './adapter.ts'
import { deliver } from './deliver.ts'
import type { PaneIo } from './delivery.ts'
import { isObject, type JsonObject, parseObject } from './json.ts'
import { formatMessage } from './message.ts'
import { OpencodeAdapter } from './opencode.ts'

/** Answers as opencode 1.18.33 gave them, by method and path; what it was asked is kept. */
type Answers = Record<string, unknown>

let home: AgentHome
let server: Server | undefined
let asked: { readonly path: string; readonly body: unknown }[]
let answers: Answers

beforeEach(() => {
  home = openAgentHome()
  home.install('opencode', '1.18.33')
  asked = []
  answers = {
    'GET /permission': [],
    'GET /question': [],
    'GET /session/status': {},
    'POST /session': { id: 'ses_1', title: 'tmo' },
    'POST /tui/select-session': true,
    'POST /session/ses_1/prompt_async': undefined,
    'GET /session/ses_1/message': [],
  }
})
afterEach(async () => {
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
  server = undefined
  home[Symbol.dispose]()
})

const opencode = (more: Record<string, string> = {}): OpencodeAdapter =>
  new OpencodeAdapter({ ...home.env, ...more })

function note(): { readonly port: number; readonly password: string; readonly sessionId?: string } {
  return JSON.parse(readFileSync(join(home.stateDir, 'opencode.json'), 'utf8'))
}

/** Plays the server at the port and behind the password that the plan gave opencode. */
async function serve(plan: LaunchPlan): Promise<void> {
  const port = Number(plan.argv[plan.argv.indexOf('--port') + 1])
  const user = plan.env['OPENCODE_SERVER_USERNAME']
  const expected = `Basic ${Buffer.from(`${user}:${plan.env['OPENCODE_SERVER_PASSWORD']}`).toString('base64')}`
  server = createServer(async (request, response) => {
    const body = await readBody(request)
    const key = `${request.method} ${request.url?.replace(/\?.*/, '')}`
    if (request.headers.authorization !== expected) return response.writeHead(401).end()
    asked.push({ path: key, body: body === '' ? undefined : JSON.parse(body) })
    if (!(key in answers)) return response.writeHead(200).end('<!doctype html>')
    const value = answers[key]
    return value === undefined ? response.writeHead(204).end() : response.end(JSON.stringify(value))
  })
  await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve))
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

async function up(): Promise<LaunchPlan> {
  const plan = await opencode().prepare(home.request())
  await serve(plan)
  return plan
}

interface RecordedEvent {
  readonly type: string
  readonly properties: JsonObject
}

function events(): readonly RecordedEvent[] {
  const text = readFileSync(new URL('../fixtures/opencode/sse-events.txt', import.meta.url), 'utf8')
  return text.split('\n').flatMap((line) => {
    const event = line.startsWith('data: ') ? parseObject(line.slice(6)) : undefined
    if (event === undefined || !isObject(event['properties'])) return []
    return [{ type: String(event['type']), properties: event['properties'] }]
  })
}

const user = (text: string): object => ({ info: { role: 'user' }, parts: [{ type: 'text', text }] })
const answer = (info: object, text = ''): object => ({
  info: { role: 'assistant', time: { created: 1, completed: 2 }, ...info },
  parts: [{ type: 'text', text }],
})
const look = (): ReturnType<OpencodeAdapter['activity']> => opencode().activity(home.handle, { dead: false })

describe('detect', () => {
  it('is ready with a provider, and says when there is none', async () => {
    expect(await opencode().detect()).toMatchObject({ status: 'not-ready', problems: [{ what: /provider/ }] })
    home.write('.config/opencode/opencode.json', { provider: { own: {} } })
    expect(await opencode().detect()).toMatchObject({ status: 'ready', version: '1.18.33' })
  })
})

describe('prepare', () => {
  it('starts a server on loopback behind a password that stands in no argument', async () => {
    const plan = await opencode().prepare(home.request({ brief: 'go', model: 'own/model' }))
    expect(plan.briefed).toBe('paste')
    expect(plan.argv).toEqual([
      plan.argv[0],
      '--port',
      String(note().port),
      '--hostname',
      '127.0.0.1',
      '--model',
      'own/model',
    ])
    expect(plan.env['OPENCODE_SERVER_PASSWORD']).toMatch(/^[\w-]{32}$/)
    expect(statSync(join(home.stateDir, 'opencode.json')).mode & 0o777).toBe(0o600)
  })

  it('asks before edits and commands where that is wished, and keeps the user’s settings', async () => {
    const given = { OPENCODE_CONFIG_CONTENT: '{"model":"own/model"}' }
    const plan = await opencode(given).prepare(home.request({ permissionMode: 'ask' }))
    expect(JSON.parse(plan.env['OPENCODE_CONFIG_CONTENT'] ?? '')).toMatchObject({
      model: 'own/model',
      permission: { edit: 'ask', bash: { '*': 'ask', 'tmo report *': 'allow' } },
    })
  })

  it('refuses to resume what it never had', async () => {
    await expect(opencode().prepare(home.request({ mode: 'resume' }))).rejects.toMatchObject({
      code: 'NO_CONVERSATION',
    })
  })
})

describe('activity', () => {
  it('is starting while nobody listens', async () => {
    await opencode().prepare(home.request())
    expect(await look()).toMatchObject({ state: 'starting' })
  })

  it('is starting before its first session until its screen is drawn, for it would not show the session', async () => {
    await up()
    const seen = async (screen: string): Promise<string> => {
      const view = { dead: false, screen: async () => screen }
      return (await opencode().activity(home.handle, view)).state
    }
    expect(await seen('')).toBe('starting')
    answers['GET /permission'] = [{ permission: 'bash', patterns: ['ls'] }]
    expect(await seen('')).toBe('blocked-permission')
    answers['GET /permission'] = []
    expect(await seen(fixtureScreen('opencode', 'idle'))).not.toBe('starting')
  })

  it.each([
    ['/permission', [{ permission: 'external_directory', patterns: ['/tmp/*'] }], 'blocked-permission'],
    ['/question', [{ id: 'q' }], 'waiting-input'],
    ['/session/status', { ses_1: { type: 'busy' } }, 'working'],
    [
      '/session/status',
      { ses_1: { type: 'retry', attempt: 1, message: 'reset', next: Date.now() + 2_000 } },
      'working',
    ],
    ['/session/status', { ses_1: { type: 'retry', attempt: 1, message: 'limit', next: 9e12 } }, 'limited'],
    [
      '/session/status',
      { ses_1: { type: 'retry', attempt: 5, message: 'You exceeded your current quota', next: Date.now() } },
      'error',
    ],
    ['/permission', 'a page', 'unknown'],
  ])('by %s %j is %s', async (path, value, state) => {
    await up()
    answers[`GET ${path}`] = value
    expect(await look()).toMatchObject({ state, source: 'api' })
  })

  it('lets a permission stand before the work that it holds up', async () => {
    await up()
    answers['GET /session/status'] = { ses_1: { type: 'busy' } }
    answers['GET /permission'] = [{ permission: 'bash', patterns: ['rm *'] }]
    expect(await look()).toMatchObject({ state: 'blocked-permission', detail: 'bash rm *' })
  })

  it.each([
    [{ name: 'APIError', data: { message: 'invalid x-api-key', statusCode: 401 } }, 'authentication'],
    [{ name: 'APIError', data: { message: 'Your credit balance is too low', statusCode: 400 } }, 'credit'],
    [{ name: 'ProviderAuthError', data: { message: 'no key' } }, 'authentication'],
    [{ name: 'UnknownError', data: { message: 'fetch failed' } }, 'network'],
  ])('after a turn that ended with %j is the error %s', async (error, kind) => {
    const plan = await up()
    await send('hello')
    answers['GET /session/ses_1/message'] = [answer({ error })]
    expect(await look()).toMatchObject({ state: 'error', error: kind })
    expect(plan.argv).toHaveLength(5)
  })

  it('follows every status, request, error and end of a server’s recorded events', async () => {
    await up()
    const recorded = events()
    answers['POST /session'] = recorded.find(({ type }) => type === 'session.created')?.properties['info']
    const sessionId = String(recorded.find(({ type }) => type === 'session.status')?.properties['sessionID'])
    answers[`POST /session/${sessionId}/prompt_async`] = undefined
    const messages = new Map<string, object>()
    const list = (): void => {
      answers[`GET /session/${sessionId}/message`] = [...messages.values()]
    }
    list()
    await send('hello')
    const states: string[] = []
    for (const { type, properties } of recorded) {
      if (type === 'message.updated' && isObject(properties['info'])) {
        messages.set(String(properties['info']['id']), { info: properties['info'], parts: [] })
        list()
      } else if (type === 'permission.asked') answers['GET /permission'] = [properties]
      else if (type === 'permission.replied') answers['GET /permission'] = []
      else if (type === 'session.status') {
        answers['GET /session/status'] = { [sessionId]: properties['status'] }
      } else continue
      if (type === 'message.updated') continue
      const seen = await look()
      const said = seen.state === 'error' ? `error: ${seen.error}` : seen.state
      if (said !== states.at(-1)) states.push(said)
    }
    // a turn that asks twice, one that is retried, two that fail, and one that a human broke off while it was retried
    expect(states).toEqual([
      ...['working', 'blocked-permission', 'working', 'blocked-permission', 'working', 'idle'],
      ...['working', 'idle', 'working', 'error: authentication', 'working', 'error: credit'],
      ...['working', 'idle'],
    ])
  })

  it('is idle after a turn that a human cancelled', async () => {
    await up()
    await send('hello')
    answers['GET /session/ses_1/message'] = [answer({ error: { name: 'MessageAbortedError' } })]
    expect(await look()).toMatchObject({ state: 'idle' })
  })

  it('does not believe another server that took its port', async () => {
    const plan = await opencode().prepare(home.request())
    await serve({ ...plan, env: { ...plan.env, OPENCODE_SERVER_PASSWORD: 'another' } })
    expect(await look()).toMatchObject({ state: 'unknown' })
  })
})

const token = 'tmo-m-7f3a9c2e'

/** A pane that must not be touched: a delivery to opencode presses no key. */
function pane(): PaneIo {
  const { pane: id } = home.handle
  const refuse = (): never => {
    throw new Error('a key was pressed')
  }
  return {
    list: async () => [{ pane: id, command: 'opencode', dead: false, inMode: false, title: '' }],
    capture: async () => ({ text: fixtureScreen('opencode', 'idle'), inMode: false, dead: false }),
    paste: refuse,
    keys: refuse,
  }
}

function send(text: string): ReturnType<typeof deliver> {
  const message = { token, text: formatMessage({ token, from: 'lead', text }) }
  return deliver({ tmux: pane(), adapter: opencode(), handle: home.handle, message, timeoutMs: 300 })
}

describe('a delivery', () => {
  it('opens one session, says the message in it, and is proven by it, without a key', async () => {
    await up()
    answers['GET /session/ses_1/message'] = [user(`[from lead · ${token}] hello`)]
    expect(await send('hello')).toMatchObject({ status: 'submitted', proof: 'opencode api' })
    expect(note().sessionId).toBe('ses_1')
    const prompts = asked.filter(({ path }) => path.endsWith('prompt_async'))
    expect(prompts).toEqual([
      {
        path: 'POST /session/ses_1/prompt_async',
        body: { parts: [{ type: 'text', text: `[from lead · ${token}] hello` }] },
      },
    ])
  })

  it('is not made again when the token is there already', async () => {
    await up()
    answers['GET /session/ses_1/message'] = [user(`[from lead · ${token}] hello`)]
    await send('hello')
    await send('hello')
    expect(asked.filter(({ path }) => path.endsWith('prompt_async'))).toHaveLength(1)
  })

  it('is unknown when it was handed over and never shows', async () => {
    await up()
    expect(await send('hello')).toMatchObject({ status: 'unknown' })
    answers['GET /session/ses_1/message'] = [answer({}, `I wrote ${token}`)]
    expect(await opencode().findToken({ ...home.handle, token })).toBe('absent')
  })

  it('is refused, and nothing is handed over, while a permission is asked for', async () => {
    await up()
    answers['GET /permission'] = [{ permission: 'bash' }]
    expect(await send('hello')).toMatchObject({ status: 'refused', reason: 'dialog' })
    expect(asked.some(({ path }) => path.startsWith('POST'))).toBe(false)
  })

  it('is refused by a version that was never tested', async () => {
    home.install('opencode', '9.0.0')
    await up()
    expect(await send('hello')).toMatchObject({
      status: 'refused',
      reason: 'unknown-version',
      detail: expect.stringContaining('9.0.0'),
    })
    expect(asked).toEqual([])
  })
})

describe('a conversation', () => {
  it('is there once something was said in it, and is resumed by its own id', async () => {
    await up()
    expect(await opencode().conversation(home.handle)).toBe('absent')
    await send('hello')
    expect(await opencode().conversation(home.handle)).toBe('present')
    const plan = await opencode().prepare(home.request({ mode: 'resume' }))
    expect(plan.argv.slice(5)).toEqual(['--session', 'ses_1'])
    expect(await opencode().conversation({ ...home.handle, conversationId: `${conversationId}0` })).toBe(
      'absent',
    )
  })

  it('tells tokens, money and turns', async () => {
    await up()
    await send('hello')
    answers['GET /session/ses_1'] = {
      cost: 0.25,
      tokens: { input: 4000, output: 168, reasoning: 2, cache: { read: 30, write: 0 } },
    }
    answers['GET /session/ses_1/message'] = [
      user('a'),
      answer({ tokens: { input: 1000, output: 42, cache: { read: 0 } }, modelID: 'm' }),
    ]
    expect(await opencode().usage(home.handle)).toEqual({
      inputTokens: 4000,
      outputTokens: 170,
      cachedInputTokens: 30,
      costUsd: 0.25,
      contextTokens: 1042,
      turns: 1,
      model: 'm',
    })
  })
})

describe('permission requests', () => {
  const list = () => opencode().permissions(home.handle)

  it('is a question with its text and choices where its server says so', async () => {
    await up()
    const options = ['This', 'That'].map((label) => ({ label, description: label }))
    const questions = [{ question: 'Which one?', header: 'Pick', options }]
    answers['GET /question'] = [{ id: 'que_1', sessionID: 'ses_1', questions }, { id: 'que_2' }, 'odd']
    expect(await list()).toMatchObject([
      { id: 'que_1', subject: 'Which one?', choices: ['This', 'That'], isQuestion: true },
    ])
    answers['GET /question'] = 'a page'
    expect(await list()).toEqual([])
  })
  const bash = {
    id: 'per_203dfc49b001H6UcwaQI0znw14',
    permission: 'bash',
    patterns: ['touch /w/oc'],
    metadata: { command: 'touch /w/oc' },
  }

  it('are told as data, and one is answered once, by the API', async () => {
    await up()
    const folder = {
      id: 'per_1',
      permission: 'external_directory',
      patterns: ['/w/*'],
      metadata: { command: 'touch /w/oc' },
    }
    answers['GET /permission'] = [folder, bash]
    answers[`POST /permission/${bash.id}/reply`] = true
    expect(await list()).toMatchObject([
      { tool: 'external_directory', subject: '/w/*', isPartial: false },
      { id: bash.id, tool: 'bash', subject: 'touch /w/oc', isPartial: false },
    ])
    expect(await opencode().answer(home.handle, bash.id, { decision: 'allow' })).toEqual({
      status: 'answered',
    })
    expect(await opencode().answer(home.handle, bash.id, { decision: 'deny', reason: 'no' })).toEqual({
      status: 'answered',
    })
    const replies = asked.filter(({ path }) => path.startsWith('POST /permission'))
    expect(replies.map(({ body }) => body)).toEqual([{ reply: 'once' }, { reply: 'reject', message: 'no' }])
  })

  it('that say less than all of what they ask are partial, and an id is no path', async () => {
    await up()
    answers['GET /permission'] = [
      { id: 'per_1', permission: 'edit', patterns: ['a.ts', 'b.ts'] },
      { id: 'per_2', permission: 'webfetch' },
      { id: '../session/ses_1/abort', permission: 'bash', patterns: ['ls'] },
    ]
    expect(await list()).toMatchObject([
      { id: 'per_1', isPartial: true },
      { id: 'per_2', isPartial: true },
    ])
    const answered = await opencode().answer(home.handle, '../session/ses_1/abort', { decision: 'allow' })
    expect(answered).toEqual({ status: 'gone' })
    expect(asked.filter(({ path }) => path.startsWith('POST'))).toEqual([])
  })

  it('cannot be read where the server gives none, and there are none without a server', async () => {
    await opencode().prepare(home.request())
    expect(await list()).toEqual([])
    await up()
    answers['GET /permission'] = 'a page'
    expect(await list()).toBeUndefined()
  })
})
