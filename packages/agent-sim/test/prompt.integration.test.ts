import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SimRoom, until } from './sim-room.ts'

let room: SimRoom
beforeEach(async () => {
  room = await SimRoom.open()
})
afterEach(() => room.close())

test('text and a carriage return in one write stay in the box, and a lone Enter sends them', async () => {
  const sim = await room.start()
  await room.ready(sim)
  await room.keys(sim, '-l', 'one write\r')
  await room.untilScreen(sim, '> one write')
  expect(await room.userTexts(sim)).toEqual([])
  await room.keys(sim, 'Enter')
  await until('the message', async () => (await room.userTexts(sim)).includes('one write'))
  await room.untilScreen(sim, 'Received 9 characters.')
})

test('a bracketed paste stands in the box until Enter sends it, with wide and combined characters intact', async () => {
  const sim = await room.start()
  await room.ready(sim)
  const text = '[from lead] 日本語 👩‍👩‍👧 e\u0301 line 1\n“line 2” tmo-m-7f3a9c2e'
  await room.paste(sim, text)
  const screen = await room.untilScreen(sim, 'tmo-m-7f3a9c2e')
  expect(screen).toMatch(/│ > \[from lead\] 日本語/)
  expect(await room.userTexts(sim)).toEqual([])
  await room.keys(sim, 'Enter')
  await until('the message', async () => (await room.userTexts(sim)).includes(text))
})

test('a paste of one megabyte is shown as a placeholder and arrives whole', async () => {
  const sim = await room.start()
  await room.ready(sim)
  const text = `[from lead] ${'ä0123456789 abcdefghi\n'.repeat(48_000)}tmo-m-end`
  await room.paste(sim, text)
  await room.untilScreen(sim, '[Pasted text #1 +48000 lines]')
  await room.keys(sim, 'Enter')
  const [sent] = await until('the message', async () => {
    const texts = await room.userTexts(sim)
    return texts.length > 0 && texts
  })
  expect(sent).toContain(text)
})

test('text is swallowed by a permission dialog, and Enter approves it', async () => {
  const sim = await room.start()
  await room.ready(sim)
  await room.enter(sim, '/permission rm -rf build')
  await room.untilStatus(sim, 'waiting')
  expect(room.session(sim)?.waitingFor).toBe('permission prompt')
  const screen = await room.untilScreen(sim, 'Do you want to proceed?')
  expect(screen).toMatch(/❯ 1\. Yes\s+2\. No\s+Esc to cancel/)
  await room.paste(sim, 'please go on tmo-m-lost')
  await room.keys(sim, 'Enter')
  await room.untilStatus(sim, 'idle')
  expect(await room.lines(sim)).toContainEqual(
    expect.objectContaining({ type: 'action', name: 'permission', detail: 'approved: rm -rf build' }),
  )
  expect((await room.userTexts(sim)).join()).not.toContain('tmo-m-lost')
})

test.each([
  ['2', 'denied'],
  ['Escape', 'denied'],
  ['1', 'approved'],
])('key %s in a dialog means %s', async (key, answer) => {
  const sim = await room.start()
  await room.ready(sim)
  await room.enter(sim, '/permission ls')
  await room.untilScreen(sim, 'Do you want to proceed?')
  await room.keys(sim, key)
  await room.untilStatus(sim, 'idle')
  expect(await room.lines(sim)).toContainEqual(
    expect.objectContaining({ name: 'permission', detail: `${answer}: ls` }),
  )
})

test('messages queue while it works, are in the conversation at once, and are answered in order', async () => {
  const sim = await room.start()
  await room.ready(sim)
  await room.enter(sim, '/slow 60')
  await room.untilStatus(sim, 'busy')
  await room.untilScreen(sim, 'working… esc to interrupt')
  for (const text of ['first', 'second one']) {
    await room.paste(sim, text)
    await room.untilScreen(sim, `> ${text}`)
    await room.keys(sim, 'Enter')
    await until('the message', async () => (await room.userTexts(sim)).includes(text))
  }
  await room.untilScreen(sim, 'Queued · 2')
  await room.keys(sim, 'Escape')
  await room.untilScreen(sim, 'Received 10 characters.')
  const said = (await room.lines(sim)).flatMap((line) => (line.type === 'assistant' ? [line.text] : []))
  expect(said).toEqual(['Interrupted.', 'Received 5 characters.', 'Received 10 characters.'])
  const queued = (await room.lines(sim)).filter((line) => line.type === 'user' && line.via === 'queue')
  expect(queued).toHaveLength(2)
})

test('a brief given as argument is recorded once, as the first thing said', async () => {
  const sim = await room.start({ args: ['[brief tmo-m-1] Do the work.'] })
  await room.ready(sim)
  const users = (await room.lines(sim)).filter((line) => line.type === 'user')
  expect(users).toMatchObject([{ text: '[brief tmo-m-1] Do the work.', via: 'argument', pid: sim.pid }])
})

test('late in its start-up only the first line that was entered arrives', async () => {
  const sim = await room.start({ args: ['--startup-ms', '4000'] })
  expect(room.session(sim)?.status).toBe('starting')
  const startedAt = room.session(sim)?.statusUpdatedAt ?? 0
  await until('the second half of the start', async () => Date.now() > startedAt + 2_500)
  await room.keys(sim, '-l', 'line one')
  await room.keys(sim, 'Enter')
  await room.keys(sim, '-l', 'line two')
  await room.ready(sim)
  expect(await room.userTexts(sim)).toEqual(['line one'])
})

test('early in its start-up text is kept and Enter is lost', async () => {
  const sim = await room.start({ args: ['--startup-ms', '4000'] })
  await room.keys(sim, '-l', 'too early')
  await room.keys(sim, 'Enter')
  await room.untilScreen(sim, '> too early')
  expect(await room.userTexts(sim)).toEqual([])
})

test('a mute one takes input and shows it, but its conversation is never written', async () => {
  const sim = await room.start({ args: ['--mute', '[brief] Work.'] })
  await room.ready(sim)
  await room.keys(sim, '-l', 'anybody there')
  await room.untilScreen(sim, '> anybody there')
  await room.keys(sim, 'Enter')
  await until('an empty box', async () => !(await room.screen(sim)).includes('anybody'))
  await expect(room.lines(sim)).rejects.toThrow('ENOENT')
})

test('everything received is in the record, byte for byte', async () => {
  const sim = await room.start()
  await room.ready(sim)
  await room.paste(sim, 'abc ü')
  await room.untilScreen(sim, '> abc ü')
  const record = await readFile(join(room.home, 'records', `${sim.id}.jsonl`), 'utf8')
  const chunks = record
    .split('\n')
    .filter((line) => line.includes('"received"'))
    .map((line) => JSON.parse(line).base64)
  const bytes = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk, 'base64')))
  expect(bytes.toString()).toBe('\x1b[200~abc ü\x1b[201~')
})

test('the box follows the size of its window', async () => {
  const sim = await room.start()
  await room.ready(sim)
  await room.tmux('resize-window', '-t', sim.pane, '-x', '40', '-y', '20')
  await until('a narrow box', async () =>
    (await room.screen(sim)).split('\n').some((line) => line === `╭${'─'.repeat(37)}╮`),
  )
})

test.each([
  ['SIGTERM', '143'],
  ['SIGHUP', '129'],
])('after %s nothing of it is left in the sessions', async (signal, status) => {
  const sim = await room.start()
  await room.ready(sim)
  process.kill(sim.pid, signal)
  expect(await room.exitStatus(sim)).toBe(status)
  expect(await room.sessionFiles()).toEqual([])
})

test('Ctrl-C twice ends it, /exit with a code, and /crash leaves its session file behind', async () => {
  const first = await room.start()
  await room.ready(first)
  await room.keys(first, 'C-c')
  await room.untilScreen(first, 'Press Ctrl-C again to exit')
  await room.keys(first, 'C-c')
  expect(await room.exitStatus(first)).toBe('0')
  const second = await room.start()
  await room.ready(second)
  await room.enter(second, '/exit 7')
  expect(await room.exitStatus(second)).toBe('7')
  expect(await room.sessionFiles()).toEqual([])
  const third = await room.start()
  await room.ready(third)
  await room.enter(third, '/crash')
  await until('the end', () => room.isDead(third))
  expect(await room.sessionFiles()).toEqual([`${third.pid}.json`])
})

test('at rest it uses no processor time', async () => {
  const sim = await room.start({ args: ['hello'] })
  await room.ready(sim)
  const ticks = async (): Promise<number> => {
    const fields = (await readFile(`/proc/${sim.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
    return Number(fields[11]) + Number(fields[12])
  }
  const switches = async (): Promise<number> => {
    const status = await readFile(`/proc/${sim.pid}/status`, 'utf8')
    return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1])
  }
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  const before = { ticks: await ticks(), switches: await switches() }
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  expect((await ticks()) - before.ticks).toBeLessThanOrEqual(1)
  expect((await switches()) - before.switches).toBeLessThanOrEqual(2)
})
