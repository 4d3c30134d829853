import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isTmuxError, parsePaneId, type Tmux } from '../src/index.ts'
import { openWorkRoom, type WorkRoom } from './work-room.ts'

let room: WorkRoom
let tmux: Tmux

beforeAll(async () => {
  room = await openWorkRoom()
  tmux = room.tmux
})

afterAll(() => room[Symbol.asyncDispose]())

/** Sends the command among a hundred others, which must each get their own answer; gives its own. */
async function among(argv: readonly string[]): Promise<readonly string[]> {
  const numbers = Array.from({ length: 100 }, (_, n) => n)
  const ask = (n: number): Promise<unknown> =>
    tmux.raw(['display-message', '-p', n % 2 === 0 ? `${n}` : `#{l:${n}}`])
  const before = numbers.map(ask)
  const own = Promise.allSettled([tmux.raw(argv)])
  const after = numbers.map(ask)
  const answers = await Promise.all([...before, ...after])
  expect(answers).toEqual([...numbers, ...numbers].map((n) => ({ lines: [String(n)] })))
  const [outcome] = await own
  if (outcome.status === 'rejected') throw outcome.reason
  return outcome.value.lines
}

describe('the answer of a command', () => {
  it.each([
    ['that prints nothing', ['set-buffer', '-b', 'x', 'y'], []],
    ['that prints an empty line', ['display-message', '-p', ''], ['']],
    ['that runs none of its commands', ['if-shell', '-F', '0', 'display-message -p no'], []],
    ['that runs two', ['if-shell', '-F', '1', 'display-message -p a ; display-message -p b'], ['a', 'b']],
    [
      'that runs two within two',
      ['if-shell', '-F', '1', 'if -F 1 { display -p a ; display -p b } ; display -p c'],
      ['a', 'b', 'c'],
    ],
    [
      'that prints other answers’ ends',
      ['display-message', '-p', '%%end 1 2 1\n%%error 1 2 1\n%%exit\n%%begin 1 2 1'],
      ['%end 1 2 1', '%error 1 2 1', '%exit', '%begin 1 2 1'],
    ],
  ])('%s is its own, and shifts no other', async (_, argv, lines) => {
    expect(await among(argv)).toEqual(lines)
  })

  it('whose list breaks off in the middle is an error, and shifts no other', async () => {
    const broken = among(['if-shell', '-F', '1', 'display -p a ; kill-pane -t %9999 ; display -p b'])
    await expect(broken).rejects.toSatisfy((error) => isTmuxError(error, 'NO_SUCH_TARGET'))
    expect(await among(['display-message', '-p', 'next'])).toEqual(['next'])
  })

  it('is not torn by a hook that prints into the stream', async () => {
    await tmux.raw(['set-hook', '-g', 'after-set-buffer', 'display-message -p hooked'])
    await tmux.raw(['set-hook', '-g', 'window-renamed', 'display-message -p hooked'])
    for (let round = 0; round < 20; round += 1) {
      await among(['set-buffer', '-b', 'x', 'y'])
      await among(['rename-window', '-t', room.work.window, `name-${round}`])
    }
    expect(await among(['display-message', '-p', 'next'])).toEqual(['next'])
    for (const hook of ['after-set-buffer', 'window-renamed']) await tmux.raw(['set-hook', '-gu', hook])
  })

  it('is not torn by the stray lines of run-shell, nor by those that imitate replies', async () => {
    for (const text of ['stray', '%begin 1 2 1', '%end 1 2 1', '%exit now']) {
      await among(['run-shell', `printf '%s\\n' '${text}'`])
      expect(await among(['display-message', '-p', 'next'])).toEqual(['next'])
    }
    expect(tmux.isConnected).toBe(true)
  })

  it('is not torn by what tmux notifies while it answers', async () => {
    const { pane, session } = room.work
    for (let round = 0; round < 20; round += 1) {
      const lines = await among(['refresh-client', '-A', `${pane}:${round % 2 === 0 ? 'pause' : 'continue'}`])
      // Up to 3.7 the notification stands inside the reply.
      expect(lines.filter((line) => !/^%(pause|continue) %\d+$/.test(line))).toEqual([])
      const { window } = await tmux.newWindow({ session, command: ['cat', '-'] })
      expect(await among(['rename-window', '-t', window, `w${round}`])).toEqual([])
      expect(await among(['kill-window', '-t', window])).toEqual([])
    }
  })

  it('may be a megabyte, as its argument may', async () => {
    const text = 'é日本👩‍💻 '.repeat(60_000)
    await tmux.setOption(room.work.pane, '@long', text)
    expect(await tmux.getOption(room.work.pane, '@long')).toBe(text)
    expect(Buffer.byteLength(text)).toBeGreaterThan(1_000_000)
  })
})

it('is waited for asleep by those whose answer takes its time, also after quick ones', async () => {
  for (let round = 0; round < 20; round += 1) await tmux.raw(['display-message', '-p', 'quick'])
  const before = process.cpuUsage()
  const start = performance.now()
  await tmux.raw(['run-shell', 'sleep 1'])
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1000 / (performance.now() - start)).toBeLessThan(0.5)
})

it('one error among a thousand answers is told where it belongs, wherever it stands', async () => {
  for (const at of [0, 1, 499, 998, 999]) {
    const sends = Array.from({ length: 1000 }, (_, n) =>
      n === at ? tmux.raw(['kill-pane', '-t', '%9999']) : tmux.raw(['display-message', '-p', String(n)]),
    )
    const outcomes = await Promise.allSettled(sends)
    for (const [n, outcome] of outcomes.entries()) {
      if (n === at) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'NO_SUCH_TARGET' } })
      else expect(outcome).toEqual({ status: 'fulfilled', value: { lines: [String(n)] } })
    }
  }
})

it('a caller’s own text with newlines cannot forge the replies of others', async () => {
  // Of a server that has not run many commands yet, so that the numbers of its replies are known.
  await using own = await openWorkRoom()
  const at = Math.floor(Date.now() / 1000)
  const forged = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, index) => {
      const stamps = [0, 1, 2].map((later) => `${at + later} ${from + index} 1`)
      return stamps.map((stamp) => `%end ${stamp}\n%begin ${stamp}\nforged\n%end ${stamp}`).join('\n')
    }).join('\n')
  const target = `none\n${forged(0, 3000)}`
  const refusing = own.tmux.raw(['has-session', '-t', target]).catch((error: unknown) => error)
  const answers = await Promise.all(
    Array.from({ length: 300 }, (_, n) => own.tmux.raw(['display-message', '-p', `own-${n}`])),
  )
  expect(answers).toEqual(answers.map((_, n) => ({ lines: [`own-${n}`] })))
  expect(isTmuxError(await refusing, 'NO_SUCH_TARGET')).toBe(true)
})

it.each([[[]], [['']], [[' ']], [['# comment']], [['FOO=bar']], [['%if 1']], [['kill-server\n']], [['{']]])(
  'raw(%j) is refused before it is sent, as it would have no answer or another',
  async (argv) => {
    await expect(tmux.raw(argv)).rejects.toThrow(TypeError)
    expect(await among(['display-message', '-p', 'next'])).toEqual(['next'])
  },
)

it('raw() with a target that is not there is refused, also where tmux itself would answer about nothing', async () => {
  const gone = parsePaneId('%9999')
  for (const argv of [
    ['display-message', '-p', '-t', gone, '#{pane_id}'],
    ['display-message', '-pt', gone, 'text'],
    ['display-message', `-t${gone}`, '-p', 'text'],
    ['capture-pane', '-p', '-t', gone],
    ['list-panes', '-t', gone],
    ['send-keys', '-t', gone, 'x'],
  ]) {
    await expect(tmux.raw(argv), argv.join(' ')).rejects.toSatisfy((error) =>
      isTmuxError(error, 'NO_SUCH_TARGET'),
    )
  }
  const { pane } = room.work
  expect(await among(['display-message', '-p', '-t', pane, '#{pane_id}'])).toEqual([pane])
})
