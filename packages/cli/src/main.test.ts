import { describe, expect, it } from 'vitest'
import { runProgram } from '../test/run-program.ts'
import { CliError, type Command, defineCommand, exit } from './index.ts'

const echo = defineCommand({
  name: 'echo',
  summary: 'Say it back.',
  description: 'It says what you said.',
  aliases: ['repeat'],
  examples: ['demo echo hello'],
  args: [{ name: 'text', description: 'what to say', required: true }],
  options: [{ flag: '--upper', description: 'loudly' }],
  run: async ({ args, options }) => ({ said: options.upper ? args.text.toUpperCase() : args.text }),
  render: (result, context) => context.colors.green(result.said),
})
const simple = (name: string, run: Command['run'], more: Partial<Command> = {}): Command => ({
  name,
  summary: `Does ${name}.`,
  examples: [],
  options: [],
  run,
  ...more,
})
const task = simple('task add', async () => undefined)
const gate = simple('gate', async () => exit(3, { healthy: false }), { render: () => 'red' })
const fail = (error: unknown): Command =>
  simple('fail', async () => {
    throw error
  })

describe('answers', () => {
  it('are text for people and one document with schemaVersion for programs', async () => {
    expect(await runProgram([echo], ['echo', 'hi'])).toEqual({ code: 0, stdout: 'hi\n', stderr: '' })
    expect(await runProgram([echo], ['echo', 'hi', '--json'])).toEqual({
      code: 0,
      stdout: '{"schemaVersion":1,"said":"hi"}\n',
      stderr: '',
    })
    expect((await runProgram([echo], ['--json', 'repeat', 'hi', '--upper'])).stdout).toContain('"HI"')
  })

  it('may be no, with a code of its own', async () => {
    expect(await runProgram([gate], ['gate'])).toEqual({ code: 3, stdout: 'red\n', stderr: '' })
    expect((await runProgram([gate], ['gate', '--json'])).stdout).toBe(
      '{"schemaVersion":1,"healthy":false}\n',
    )
  })

  it('that are lists or nothing still make a document', async () => {
    const list = simple('list', async () => ['a'])
    expect((await runProgram([list], ['list', '--json'])).stdout).toBe('{"schemaVersion":1,"result":["a"]}\n')
    expect((await runProgram([task], ['task', 'add', '--json'])).stdout).toBe('{"schemaVersion":1}\n')
    expect((await runProgram([task], ['task', 'add'])).stdout).toBe('')
  })

  it('of a stream are its own lines only, and print goes to stderr under --json', async () => {
    const stream = simple(
      'watch',
      async ({ context }) => {
        context.print('for people')
        context.printJson({ n: 1 })
        context.printJson({ n: 2 })
      },
      { stream: true },
    )
    expect(await runProgram([stream], ['watch', '--json'])).toEqual({
      code: 0,
      stdout: '{"schemaVersion":1,"n":1}\n{"schemaVersion":1,"n":2}\n',
      stderr: 'for people\n',
    })
  })
})

describe('errors', () => {
  it('are one line what and one line hint, and a document under --json', async () => {
    const typed = Object.assign(new Error('no server on x'), { code: 'NO_SERVER', hint: 'start one' })
    expect(await runProgram([fail(typed)], ['fail'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'demo: no server on x\nhint: start one\n',
    })
    expect((await runProgram([fail(typed)], ['fail', '--json'])).stdout).toBe(
      '{"schemaVersion":1,"error":{"code":"NO_SERVER","message":"no server on x","hint":"start one"}}\n',
    )
  })

  it('carry their exit code, or the one that the program chooses', async () => {
    const deadline = new CliError('LATE', 'too late', { exitCode: 124 })
    expect((await runProgram([fail(deadline)], ['fail'])).code).toBe(124)
    expect((await runProgram([fail(AbortSignal.timeout(0))], ['fail'])).code).toBe(1)
    expect((await runProgram([fail(new DOMException('late', 'TimeoutError'))], ['fail'])).code).toBe(124)
    const role = Object.assign(new Error('unknown role'), { code: 'UNKNOWN_ROLE' })
    expect(
      (await runProgram([fail(role)], ['fail'], { exitCodeOf: (error) => (error === role ? 2 : undefined) }))
        .code,
    ).toBe(2)
  })

  it('show causes and stacks with --debug only', async () => {
    const error = new Error('outer', { cause: new Error('inner') })
    const quiet = await runProgram([fail(error)], ['fail'])
    expect(quiet.stderr).not.toContain('inner')
    expect(quiet.stderr.split('\n')).toHaveLength(3)
    const loud = await runProgram([fail(error)], ['fail', '--debug'])
    expect(loud.stderr).toMatch(/Error: outer\n {4}at [\s\S]*caused by: Error: inner\n {4}at /)
  })

  it('of any kind never reject main', async () => {
    for (const error of [
      'text',
      undefined,
      null,
      7,
      {},
      new AggregateError([new Error('first'), new Error('second')]),
    ]) {
      const { code, stderr } = await runProgram([fail(error)], ['fail', '--debug'])
      expect(code).toBe(1)
      expect(stderr).toMatch(/^demo: /)
    }
  })

  it('name the near command and run nothing', async () => {
    expect(await runProgram([echo], ['ecoh', 'x'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'demo: unknown command ecoh\nhint: did you mean echo?\n',
    })
    expect((await runProgram([echo, task], ['task', 'ad'])).stderr).toContain('did you mean task add?')
    expect((await runProgram([echo, task], ['task'])).code).toBe(2)
    expect((await runProgram([echo], [])).code).toBe(2)
    expect((await runProgram([echo], ['zzzzzz'])).stderr).toContain('see --help')
  })
})

describe('bare', () => {
  const bare = simple('look', async ({ args }) => ({ args }), {
    args: [{ name: 'dir', description: 'where' }],
    render: () => 'bare',
  })

  it('runs when no command is named', async () => {
    const nothing = { ...bare, args: [] }
    expect((await runProgram([echo], [], { bare: nothing })).stdout).toBe('bare\n')
    expect((await runProgram([echo], ['nope'], { bare: nothing })).code).toBe(2)
    expect((await runProgram([echo], ['--json'], { bare: nothing })).stdout).toContain('"args":{}')
  })

  it('takes the words of a program without commands', async () => {
    expect((await runProgram([], ['some dir', '--json'], { bare })).stdout).toContain('"dir":"some dir"')
    expect((await runProgram([], ['completion', 'bash'], { bare })).stdout).toContain('complete -F')
    expect((await runProgram([], ['completion', '--json'], { bare })).stdout).toContain('"dir":"completion"')
  })
})

describe('help and version', () => {
  it('list commands, and show one command with everything about it', async () => {
    const all = (await runProgram([echo, task, { ...gate, hidden: true }], ['--help'])).stdout
    expect(all).toContain('echo')
    expect(all).toContain('task add')
    expect(all).toContain('completion')
    expect(all).not.toContain('gate')
    const one = await runProgram([echo], ['echo', '--help', '--nonsense'])
    expect(one.code).toBe(0)
    for (const text of [
      'demo echo <text> [options]',
      'It says what you said.',
      '--upper',
      'demo echo hello',
      '130, 143',
      '--json',
    ])
      expect(one.stdout).toContain(text)
    expect((await runProgram([echo], ['help', 'echo'])).stdout).toBe(one.stdout.replace('--nonsense', ''))
    expect((await runProgram([echo, task], ['task', '--help'])).stdout).toContain('task add')
    expect((await runProgram([echo], ['nope', '--help'])).code).toBe(2)
  })

  it('need no other flag to be right', async () => {
    expect(await runProgram([echo], ['--version'])).toEqual({ code: 0, stdout: 'demo 1.2.3\n', stderr: '' })
    expect((await runProgram([echo], ['echo', '-V', '--json'])).stdout).toBe(
      '{"schemaVersion":1,"name":"demo","version":"1.2.3"}\n',
    )
  })

  it('do not apply to what follows --', async () => {
    expect((await runProgram([echo], ['echo', '--', '--help'])).stdout).toBe('--help\n')
  })
})

describe('colour', () => {
  const green = '\u001b[32mhi\u001b[39m\n'
  it.each([
    ['a pipe', { tty: false }, [], 'hi\n'],
    ['a terminal', { tty: true }, [], green],
    ['a terminal with NO_COLOR', { tty: true, env: { NO_COLOR: '1' } }, [], 'hi\n'],
    ['a terminal with an empty NO_COLOR', { tty: true, env: { NO_COLOR: '' } }, [], green],
    ['a dumb terminal', { tty: true, env: { TERM: 'dumb' } }, [], 'hi\n'],
    ['a terminal with --no-color', { tty: true }, ['--no-color'], 'hi\n'],
    ['a pipe with FORCE_COLOR', { env: { FORCE_COLOR: '1' } }, [], green],
    ['FORCE_COLOR against NO_COLOR', { env: { FORCE_COLOR: '1', NO_COLOR: '1' } }, [], 'hi\n'],
    ['FORCE_COLOR against --no-color', { env: { FORCE_COLOR: '1' } }, ['--no-color'], 'hi\n'],
    ['FORCE_COLOR=0 on a terminal', { tty: true, env: { FORCE_COLOR: '0' } }, [], 'hi\n'],
  ] as const)('on %s', async (_, settings, flags, expected) => {
    expect((await runProgram([echo], ['echo', 'hi', ...flags], settings)).stdout).toBe(expected)
  })
})

describe('questions', () => {
  const ask = simple('ask', async ({ context }) => ({
    answer: (await context.ask('Which?', ['claude', 'codex'])) ?? null,
  }))
  it.each([
    ['codex\n', 'codex'],
    ['2\n', 'codex'],
    ['cl\n', 'claude'],
    ['c\n3\n\n', null],
    ['x\n1\n', 'claude'],
    ['', null],
  ])('typed %j give %j', async (typed, answer) => {
    const { stdout, stderr } = await runProgram([ask], ['ask', '--json'], { tty: true, typed })
    expect(JSON.parse(stdout)).toEqual({ schemaVersion: 1, answer })
    expect(stderr).toContain('1  claude')
  })

  it('are not asked without a terminal or with --no-input', async () => {
    expect(await runProgram([ask], ['ask', '--json'])).toMatchObject({
      stderr: '',
      stdout: '{"schemaVersion":1,"answer":null}\n',
    })
    expect((await runProgram([ask], ['ask', '--no-input'], { tty: true, typed: '1\n' })).stderr).toBe('')
  })
})
