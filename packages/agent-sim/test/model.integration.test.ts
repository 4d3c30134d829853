import { createHash } from 'node:crypto'
import { createServer, request as httpRequest } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { valueAt } from '../src/model/fields.ts'
import { type ModelServer, openModelServer } from '../src/model.ts'

let server: ModelServer
beforeEach(async () => {
  server = await openModelServer()
})
afterEach(() => server.close())

const post = (path: string, body: unknown, init: RequestInit = {}): Promise<Response> =>
  fetch(server.url + path, { method: 'POST', body: JSON.stringify(body), ...init })

/** The JSON of every event of a stream. */
async function eventsOf(response: Response): Promise<readonly unknown[]> {
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const parts = (await response.text()).split('\n\n').filter((part) => part !== '')
  return parts.map((part) => {
    const data = /^data: (.*)$/m.exec(part)?.[1] ?? ''
    return data === '[DONE]' ? data : JSON.parse(data)
  })
}

/** The strings at one place of every event, together. */
const joined = (events: readonly unknown[], ...path: readonly string[]): string =>
  events.map((event) => String(valueAt(event, ...path) ?? '')).join('')

const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : undefined)

/** How each API is asked, and what of its answers counts. */
const apis = {
  anthropic: {
    path: '/v1/messages',
    streamPath: '/v1/messages',
    tool: { name: 'Bash' },
    body: (text: string, stream: boolean, tools: readonly object[]): object => ({
      ...{ model: 'm', max_tokens: 9, stream, tools, messages: [{ role: 'user', content: text }] },
    }),
    text: (body: unknown): unknown => valueAt(first(valueAt(body, 'content')), 'text'),
    call: (body: unknown): unknown => valueAt(first(valueAt(body, 'content')), 'input', 'command'),
    streamed: (events: readonly unknown[]): string => joined(events, 'delta', 'text'),
    streamedCall: (events: readonly unknown[]): unknown =>
      JSON.parse(joined(events, 'delta', 'partial_json')).command,
    end: { type: 'message_stop' },
  },
  responses: {
    path: '/v1/responses',
    streamPath: '/v1/responses',
    tool: { type: 'function', name: 'exec_command' },
    body: (text: string, stream: boolean, tools: readonly object[]): object => ({
      ...{ model: 'm', stream, tools },
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text }] }],
    }),
    text: (body: unknown): unknown =>
      valueAt(first(valueAt(first(valueAt(body, 'output')), 'content')), 'text'),
    call: (body: unknown): unknown =>
      JSON.parse(String(valueAt(first(valueAt(body, 'output')), 'arguments'))).cmd,
    streamed: (events: readonly unknown[]): string =>
      joined(
        events.filter((event) => valueAt(event, 'type') === 'response.output_text.delta'),
        'delta',
      ),
    streamedCall: (events: readonly unknown[]): unknown =>
      JSON.parse(
        joined(
          events.filter((event) => String(valueAt(event, 'type')).endsWith('arguments.delta')),
          'delta',
        ),
      ).cmd,
    end: { type: 'response.completed', response: { status: 'completed' } },
  },
  chat: {
    path: '/v1/chat/completions',
    streamPath: '/v1/chat/completions',
    tool: { type: 'function', function: { name: 'bash' } },
    body: (text: string, stream: boolean, tools: readonly object[]): object => ({
      ...{ model: 'm', stream, tools, messages: [{ role: 'user', content: text }] },
    }),
    text: (body: unknown): unknown => valueAt(first(valueAt(body, 'choices')), 'message', 'content'),
    call: (body: unknown): unknown => {
      const message = valueAt(first(valueAt(body, 'choices')), 'message')
      return JSON.parse(String(valueAt(first(valueAt(message, 'tool_calls')), 'function', 'arguments')))
        .command
    },
    streamed: (events: readonly unknown[]): string =>
      events
        .map((event) => String(valueAt(first(valueAt(event, 'choices')), 'delta', 'content') ?? ''))
        .join(''),
    streamedCall: (events: readonly unknown[]): unknown => {
      const calls = events.map((event) =>
        first(valueAt(first(valueAt(event, 'choices')), 'delta', 'tool_calls')),
      )
      return JSON.parse(joined(calls, 'function', 'arguments')).command
    },
    end: '[DONE]',
  },
  gemini: {
    path: '/v1beta/models/m:generateContent',
    streamPath: '/v1beta/models/m:streamGenerateContent?alt=sse',
    tool: { functionDeclarations: [{ name: 'run_shell_command' }] },
    body: (text: string, _stream: boolean, tools: readonly object[]): object => ({
      contents: [{ role: 'user', parts: [{ text }] }],
      tools,
    }),
    text: (body: unknown): unknown => valueAt(geminiPart(body), 'text'),
    call: (body: unknown): unknown => valueAt(geminiPart(body), 'functionCall', 'args', 'command'),
    streamed: (events: readonly unknown[]): string => joined(events.map(geminiPart), 'text'),
    streamedCall: (events: readonly unknown[]): unknown =>
      valueAt(geminiPart(events.at(-1)), 'functionCall', 'args', 'command'),
    end: { candidates: [{ finishReason: 'STOP' }] },
  },
} as const

function geminiPart(body: unknown): unknown {
  return first(valueAt(first(valueAt(body, 'candidates')), 'content', 'parts'))
}

function expectEnd(event: unknown, end: string | object): void {
  if (typeof end === 'string') expect(event).toBe(end)
  else expect(event).toMatchObject(end)
}

describe.each(Object.values(apis))('the API at $path', (api) => {
  const ask = (text: string, stream: boolean): Promise<Response> =>
    post(stream ? api.streamPath : api.path, api.body(text, stream, [api.tool]))

  it('answers in one piece what the script says', async () => {
    expect(api.text(await (await ask('go <<text all is well>>', false)).json())).toBe('all is well')
    expect(api.call(await (await ask('go <<bash ls -l "a b">>', false)).json())).toBe('ls -l "a b"')
  })

  it('streams what the script says, to its end', async () => {
    const text = 'a text that takes several pieces: é 👩‍👩‍👧'
    const said = await eventsOf(await ask(`<<text ${text}>>`, true))
    expect(api.streamed(said)).toBe(text)
    expectEnd(said.at(-1), api.end)
    const called = await eventsOf(await ask('<<bash echo "a long command that takes several pieces">>', true))
    expect(api.streamedCall(called)).toBe('echo "a long command that takes several pieces"')
    expectEnd(called.at(-1), api.end)
  })

  it('talks, then calls, in one turn', async () => {
    const script = '<<slow 0.2 <<bash ls>>>>'
    expect(api.streamed(await eventsOf(await ask(script, true)))).toBe('word0 ')
    const events = await eventsOf(await ask(script, true))
    expect(api.streamedCall(events)).toBe('ls')
    expectEnd(events.at(-1), api.end)
  })

  it('says what it received when there is no script, and keeps it byte for byte', async () => {
    const text = `  two lines\nand \\ "quotes", tabs\t, ${'é'.repeat(3)} 👩‍👩‍👧\n`
    const sha256 = createHash('sha256').update(text).digest('hex')
    const said = api.text(await (await ask(text, false)).json())
    expect(said).toBe(`Received ${Buffer.byteLength(text)} bytes, sha256 ${sha256.slice(0, 12)}.`)
    expect(server.requests()).toMatchObject([
      {
        ...{ seq: 1, purpose: 'turn', inputs: [text], userText: text, userBytes: Buffer.byteLength(text) },
        ...{ userSha256: sha256, turn: 0, outcome: { kind: 'answered', status: 200 } },
      },
    ])
  })

  it('gives a program its title without the script, and without counting as a delivery', async () => {
    const body = api.body('Make a title for: <<429>>', false, [])
    expect(api.text(await (await post(api.path, body)).json())).toBe('Simulated title')
    expect(server.requests()).toMatchObject([{ purpose: 'auxiliary' }])
    expect(server.requests()[0]).not.toHaveProperty('step')
  })

  it('fails as often as the script says, then goes on', async () => {
    const statuses: number[] = []
    for (let index = 0; index < 3; index += 1) statuses.push((await ask('<<500 2>>', true)).status)
    expect(statuses).toEqual([500, 500, 200])
  })

  it('loses the connection in the middle of a stream', async () => {
    const response = await ask('<<drop>>', true)
    await expect(response.text()).rejects.toThrow()
    await expect(ask('<<drop>>', false)).rejects.toThrow()
    expect(server.requests().map(({ outcome }) => outcome.kind)).toEqual(['dropped', 'dropped'])
  })

  it('says in its own form that a step cannot be taken, and is there afterwards', async () => {
    const response = await ask('<<tool Bash {nonsense>>', true)
    expect(response.status).toBe(400)
    expect(String(valueAt(await response.json(), 'error', 'message'))).toContain('cannot be taken')
    expect((await ask('<<text x>>', false)).status).toBe(200)
  })
})

describe('a failure, in each API’s words', () => {
  const failing = async (
    api: keyof typeof apis,
    step: string,
  ): Promise<readonly [number, unknown, Headers]> => {
    const { path, body, tool } = apis[api]
    const response = await post(path, body(step, false, [tool]))
    return [response.status, await response.json(), response.headers]
  }

  it('of Anthropic', async () => {
    const [status, body, headers] = await failing('anthropic', '<<429 7>>')
    expect([status, headers.get('retry-after')]).toEqual([429, '7'])
    expect(body).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } })
    expect((await failing('anthropic', '<<529>>')).slice(0, 2)).toMatchObject([
      529,
      { error: { type: 'overloaded_error' } },
    ])
    expect((await failing('anthropic', '<<credit>>')).slice(0, 2)).toMatchObject([
      400,
      { error: { message: expect.stringContaining('credit balance is too low') } },
    ])
    const [, , limit] = await failing('anthropic', '<<limit 1900000000>>')
    expect(limit.get('anthropic-ratelimit-unified-reset')).toBe('1900000000')
  })

  it('of OpenAI', async () => {
    expect((await failing('responses', '<<usage 1900000000>>')).slice(0, 2)).toMatchObject([
      429,
      { error: { type: 'usage_limit_reached', resets_at: 1_900_000_000 } },
    ])
    expect((await failing('chat', '<<quota>>')).slice(0, 2)).toMatchObject([
      429,
      { error: { code: 'insufficient_quota' } },
    ])
  })

  it('of Google', async () => {
    expect((await failing('gemini', '<<429 9>>')).slice(0, 2)).toMatchObject([
      429,
      { error: { status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: '9s' }] } },
    ])
    expect((await failing('gemini', '<<529>>')).slice(0, 2)).toMatchObject([
      503,
      { error: { code: 503, status: 'UNAVAILABLE' } },
    ])
  })

  it('may be given by the script', async () => {
    expect((await failing('anthropic', '<<raw 418 {"a":[1]}>>')).slice(0, 2)).toEqual([418, { a: [1] }])
  })
})

describe('a conversation', () => {
  it('takes one step a turn, over retries, until the script is at its end', async () => {
    const messages: object[] = [{ role: 'user', content: '<<bash ls>> <<429 1 1>> <<text done>>' }]
    const tools = [{ name: 'Bash' }]
    const turn = async (): Promise<Response> => post('/v1/messages', { model: 'm', tools, messages })
    const answered = async (): Promise<unknown> => {
      const content = valueAt(await (await turn()).json(), 'content')
      messages.push({ role: 'assistant', content })
      messages.push({ role: 'user', content: [{ type: 'tool_result', content: '' }] })
      return valueAt(first(content), 'text') ?? valueAt(first(content), 'name')
    }
    expect(await answered()).toBe('Bash')
    expect((await turn()).status).toBe(429)
    expect(await answered()).toBe('ok after 429')
    expect(await answered()).toBe('done')
    expect(await answered()).toBe('Done.')
    expect(server.requests().map(({ turn: index }) => index)).toEqual([0, 1, 1, 2, 3])
  })

  it('of a demanded shape is answered in it', async () => {
    const schema = { type: 'object', properties: { title: { type: 'string' } } }
    const body = apis.anthropic.body('<<hang>>', false, [{ name: 'Bash' }])
    const response = await post('/v1/messages', { ...body, output_config: { format: { schema } } })
    expect(JSON.parse(String(apis.anthropic.text(await response.json())))).toEqual({ title: 'simulated' })
  })

  it('counts its tokens without being one', async () => {
    const body = apis.anthropic.body('x'.repeat(400), false, [])
    const counted = await (await post('/v1/messages/count_tokens', body)).json()
    expect(valueAt(counted, 'input_tokens')).toBeGreaterThan(100)
    expect(server.requests()).toEqual([])
  })
})

describe('the server', () => {
  it('answers the questions that programs ask besides', async () => {
    expect((await fetch(server.url, { method: 'HEAD' })).status).toBe(200)
    const models = await (await fetch(`${server.url}/v1/models`)).json()
    expect(valueAt(models, 'data')).toHaveLength(1)
  })

  it('says what it cannot read, and what it does not know', async () => {
    const refused: unknown[] = []
    server.events.on('request:refused', ({ status, reason }) => refused.push([status, reason]))
    await post('/v1/messages', {}, { body: 'not JSON' })
    await post('/v1/embeddings', {})
    await post('/v1/messages', { messages: 7 })
    await post('/v1/messages', {}, { headers: { 'content-encoding': 'zstd' } })
    expect(refused).toEqual([
      [400, 'the body is no JSON object'],
      [404, "POST /v1/embeddings is no address of a model's API"],
      [400, 'the request has no list messages'],
      [415, 'the body is encoded as zstd; gzip, deflate and br are read'],
    ])
  })

  it('takes packed bodies, and no more than its limit of any', async () => {
    const small = await openModelServer({ bodyBytesMax: 1_000 })
    try {
      const send = async (text: string, isPacked: boolean): Promise<number> => {
        const body = JSON.stringify(apis.anthropic.body(text, false, []))
        const init = isPacked ? { body: gzipSync(body), headers: { 'content-encoding': 'gzip' } } : { body }
        return (await fetch(`${small.url}/v1/messages`, { method: 'POST', ...init })).status
      }
      expect(await send('x', true)).toBe(200)
      expect(await send('x'.repeat(2_000), false)).toBe(413)
      expect(await send('x'.repeat(20_000), true)).toBe(413)
    } finally {
      await small.close()
    }
  })

  it('notices that the client left, in the middle of a slow answer and of none', async () => {
    for (const script of ['<<slow 60>>', '<<hang>>']) {
      const left = new Promise((resolve) => server.events.once('request:settled', resolve))
      const leaving = new AbortController()
      const asked = post('/v1/messages', apis.anthropic.body(script, true, [{ name: 'Bash' }]), {
        signal: leaving.signal,
      })
      await server.waitForRequest(({ userText }) => userText === script)
      leaving.abort()
      await expect(asked.then((response) => response.text())).rejects.toThrow()
      expect(await left).toMatchObject({ outcome: { kind: 'left' } })
    }
  })

  it('ends while an answer hangs, and its port is free', async () => {
    const hanging = post('/v1/messages', apis.anthropic.body('<<hang>>', true, [{ name: 'Bash' }]))
    const failed = expect(hanging).rejects.toThrow()
    await server.waitForRequest(({ userText }) => userText === '<<hang>>')
    await Promise.all([server.close(), server.close()])
    await failed
    const again = await openModelServer({ port: server.port })
    await again.close()
  })

  it('ends with its signal', async () => {
    const ending = new AbortController()
    const other = await openModelServer({ signal: ending.signal })
    ending.abort()
    await other.close()
    await expect(fetch(other.url)).rejects.toThrow()
    await expect(openModelServer({ signal: ending.signal })).rejects.toBe(ending.signal.reason)
  })

  it('refuses a port that is taken, in words', async () => {
    await expect(openModelServer({ port: server.port })).rejects.toMatchObject({
      code: 'PORT_REFUSED',
      message: expect.stringContaining(`127.0.0.1:${server.port}`),
      hint: 'Choose another port, or none for any that is free.',
    })
  })

  it('is on loopback alone', async () => {
    const taken = createServer().listen({ host: '127.0.0.2', port: server.port })
    await new Promise((resolve) => taken.once('listening', resolve))
    await new Promise((resolve) => taken.close(resolve))
  })

  it('says when a request that is waited for does not come, and gives up with the signal', async () => {
    await post('/v1/messages', apis.anthropic.body('hello', false, []))
    await expect(server.waitForRequest(() => false, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'NO_SUCH_REQUEST',
      hint: 'The last one said: "hello".',
    })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(server.waitForRequest(() => false, { signal })).rejects.toThrow('enough')
    const waiting = server.waitForRequest(() => false)
    const refused = expect(waiting).rejects.toMatchObject({ code: 'NO_SUCH_REQUEST' })
    await server.close()
    await refused
  })

  it('forgets when it is told to', async () => {
    const ask = async (): Promise<number> =>
      (await post('/v1/messages', apis.anthropic.body('<<500 1>>', false, [{ name: 'Bash' }]))).status
    expect([await ask(), await ask()]).toEqual([500, 200])
    server.forget()
    expect(server.requests()).toEqual([])
    expect(await ask()).toBe(500)
  })

  it('takes a request whose address makes no sense', async () => {
    const status = await new Promise((resolve, reject) => {
      const asked = httpRequest({ port: server.port, path: '//', method: 'POST' }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      asked.on('error', reject)
      asked.end()
    })
    expect(status).toBe(404)
  })
})
