import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isTmuxError, type PaneId, parsePaneId, type SessionId, type Tmux } from '../src/index.ts'
import { startReceiver } from './receiver.ts'
import { openWorkRoom, type WorkRoom } from './work-room.ts'

let room: WorkRoom
let tmux: Tmux
let session: SessionId
let directory: string

beforeAll(async () => {
  room = await openWorkRoom()
  ;({ tmux, directory } = room)
  session = room.work.session
})

afterAll(() => room[Symbol.asyncDispose]())

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')
const failure = (code: Parameters<typeof isTmuxError>[1]): unknown =>
  expect.toSatisfy((error: unknown) => isTmuxError(error, code), code)

async function deadPane(): Promise<PaneId> {
  const { pane } = await tmux.newWindow({ session, command: ['sh', '-c', 'exit 7'], remainOnExit: true })
  await expect
    .poll(async () =>
      (await tmux.list({ fields: ['pane', 'dead', 'deadStatus'] })).find((row) => row.pane === pane),
    )
    .toMatchObject({ dead: true, deadStatus: 7 })
  return pane
}

const filler = (length: number): string => {
  const unit = 'line of text; #{pid} "quoted" \\ $HOME é日本👩‍💻\n\t'
  return Buffer.from(unit.repeat(Math.ceil(length / unit.length) + 1))
    .toString('latin1')
    .replace(/[\u0080-\u00ff]/g, 'u')
    .slice(0, length)
}

describe('a paste', () => {
  it.each([1, 100, 4096, 4097, 50_000, 1_000_000])('of %i bytes arrives byte for byte', async (length) => {
    const receiver = await startReceiver(tmux, { session, directory, name: `raw-${length}` })
    const text = filler(length)
    await tmux.paste(receiver.pane, text)
    await expect.poll(async () => (await receiver.received()).length, { timeout: 20_000 }).toBe(length)
    expect(sha256(await receiver.received())).toBe(sha256(text))
    await tmux.killPane(receiver.pane)
  })

  it.each(['short é日本👩‍💻\nsecond', 'long é日本👩‍💻\n'.repeat(30_000)])(
    'is bracketed for a program that asked for it, and exact within (%#)',
    async (text) => {
      const name = `bracketed-${text.length}`
      const receiver = await startReceiver(tmux, { session, directory, name, bracketed: true })
      await tmux.paste(receiver.pane, text)
      const expected = `\u001b[200~${text}\u001b[201~`
      await expect
        .poll(async () => sha256(await receiver.received()), { timeout: 20_000 })
        .toBe(sha256(expected))
    },
  )

  it.each([255, 4097, 1_000_000])(
    'of %i characters of every kind is exact within its brackets when told not to sanitize',
    async (length) => {
      const name = `exact-${length}`
      const receiver = await startReceiver(tmux, { session, directory, name, bracketed: true })
      const unit = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')
      const text = `${unit}\u001b[201~é日本👩‍💻`.repeat(Math.ceil(length / 256)).slice(0, length)
      await tmux.paste(receiver.pane, text, { sanitize: false })
      const expected = `\u001b[200~${text}\u001b[201~`
      await expect
        .poll(async () => sha256(await receiver.received()), { timeout: 20_000 })
        .toBe(sha256(expected))
    },
  )

  it('cannot end itself early: what looks like the end of a paste is taken out', async () => {
    const receiver = await startReceiver(tmux, { session, directory, name: 'escape', bracketed: true })
    await tmux.paste(receiver.pane, 'a\u001b[201~\rrm -rf\u0003 \u009b201~z')
    await expect
      .poll(async () => (await receiver.received()).toString())
      .toBe('\u001b[200~a\nrm -rf z\u001b[201~')
  })

  it('passes control characters, NUL too, when told not to sanitize', async () => {
    const receiver = await startReceiver(tmux, { session, directory, name: 'controls' })
    const text = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')
    await tmux.paste(receiver.pane, text, { sanitize: false, bracketed: false })
    await expect.poll(async () => (await receiver.received()).toString()).toBe(text)
  })

  it('of nothing sends nothing', async () => {
    const receiver = await startReceiver(tmux, { session, directory, name: 'nothing', bracketed: true })
    await tmux.paste(receiver.pane, '\u0007')
    await tmux.paste(receiver.pane, 'x')
    await expect.poll(async () => (await receiver.received()).toString()).toBe('\u001b[200~x\u001b[201~')
  })

  it('reaches the pane it is meant for, a hundred at once', async () => {
    const names = Array.from({ length: 25 }, (_, n) => `many-${n}`)
    const receivers = await Promise.all(
      names.map((name) => startReceiver(tmux, { session, directory, name })),
    )
    const sends = Array.from({ length: 100 }, (_, n) => {
      const receiver = receivers[n % receivers.length]
      return receiver === undefined ? undefined : tmux.paste(receiver.pane, `<${n % receivers.length}>`)
    })
    await Promise.all(sends)
    for (const [index, receiver] of receivers.entries()) {
      await expect.poll(async () => (await receiver.received()).toString()).toBe(`<${index}>`.repeat(4))
    }
  })

  it('comes before whatever is sent to the pane after it, also when nobody waits for it', async () => {
    const receiver = await startReceiver(tmux, { session, directory, name: 'order' })
    const { pane } = receiver
    const view = tmux.within({ timeoutMs: 10_000 })
    await Promise.all([
      tmux.paste(pane, 'a'.repeat(500_000), { bracketed: false }),
      tmux.paste(pane, 'b', { bracketed: false }),
      view.bytes(pane, Buffer.from('c'.repeat(5000))),
      tmux.keys(pane, 'Enter'),
      tmux.paste(pane, 'd'.repeat(9000), { bracketed: false }),
      view.type(pane, 'e'),
    ])
    const expected = `${'a'.repeat(500_000)}b${'c'.repeat(5000)}\r${'d'.repeat(9000)}e`
    await expect.poll(async () => (await receiver.received()).length).toBe(expected.length)
    expect((await receiver.received()).toString() === expected).toBe(true)
  })

  it('returns although the program does not read', async () => {
    const { pane } = await tmux.newWindow({
      session,
      command: ['sh', '-c', 'stty raw -echo; exec sleep 600'],
    })
    await tmux.paste(pane, 'x'.repeat(1_000_000))
    expect((await tmux.list({ fields: ['pane', 'dead'] })).find((row) => row.pane === pane)?.dead).toBe(false)
    await tmux.killPane(pane)
  })

  it('leaves no buffer and no file behind, also when it fails', async () => {
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith('tmo-paste-'))
    const pane = await deadPane()
    await expect(tmux.paste(pane, 'short')).rejects.toEqual(failure('PANE_DEAD'))
    await expect(tmux.paste(pane, 'x'.repeat(10_000))).rejects.toEqual(failure('PANE_DEAD'))
    await expect(tmux.paste(parsePaneId('%9999'), 'x'.repeat(10_000))).rejects.toEqual(
      failure('NO_SUCH_TARGET'),
    )
    expect((await tmux.raw(['list-buffers'])).lines).toEqual([])
    const after = (await readdir(tmpdir())).filter((name) => name.startsWith('tmo-paste-'))
    expect(after.filter((name) => !before.includes(name))).toEqual([])
  })
})

describe('a dead pane', () => {
  it('takes neither paste nor keys nor text, and the server lives on', async () => {
    const pane = await deadPane()
    const { pid } = tmux.server
    await expect(tmux.paste(pane, 'hello')).rejects.toEqual(failure('PANE_DEAD'))
    await expect(tmux.paste(pane, '')).rejects.toEqual(failure('PANE_DEAD'))
    await expect(tmux.keys(pane, 'Enter')).rejects.toEqual(failure('PANE_DEAD'))
    await expect(tmux.type(pane, 'hello')).rejects.toEqual(failure('PANE_DEAD'))
    expect(await tmux.capture(pane)).toMatchObject({ dead: true })
    expect([tmux.isConnected, tmux.server.pid]).toEqual([true, pid])
  })

  it('that dies at any moment of a hundred pastes never takes the server with it', async () => {
    const { pid } = tmux.server
    for (let round = 0; round < 10; round += 1) {
      const { pane } = await tmux.newWindow({ session, command: ['sh', '-c', 'read x'], remainOnExit: true })
      const sends = Array.from({ length: 10 }, () => tmux.paste(pane, 'x\n', { bracketed: false }))
      const outcomes = await Promise.allSettled(sends)
      const reasons = outcomes
        .filter((outcome) => outcome.status === 'rejected')
        .map((outcome) => outcome.reason)
      expect(reasons.every((reason) => isTmuxError(reason, 'PANE_DEAD'))).toBe(true)
    }
    expect([tmux.isConnected, tmux.server.pid]).toEqual([true, pid])
  })

  it('takes input again after respawn()', async () => {
    const pane = await deadPane()
    await tmux.respawn(pane, { command: ['cat', '-'] })
    await tmux.type(pane, 'back')
    await expect.poll(async () => (await tmux.capture(pane)).text).toContain('back')
  })
})

describe('a pane in copy mode', () => {
  it('takes neither paste nor keys until it has left it', async () => {
    const receiver = await startReceiver(tmux, { session, directory, name: 'mode' })
    await tmux.raw(['copy-mode', '-t', receiver.pane])
    await expect(tmux.paste(receiver.pane, 'a')).rejects.toEqual(failure('PANE_IN_MODE'))
    await expect(tmux.keys(receiver.pane, 'Enter')).rejects.toEqual(failure('PANE_IN_MODE'))
    await expect(tmux.type(receiver.pane, 'a')).rejects.toEqual(failure('PANE_IN_MODE'))
    expect(await tmux.capture(receiver.pane)).toMatchObject({ inMode: true })
    await tmux.leaveMode(receiver.pane)
    await tmux.leaveMode(receiver.pane)
    await tmux.paste(receiver.pane, 'b')
    await expect.poll(async () => (await receiver.received()).toString()).toBe('b')
  })
})

describe('a pane that takes no input, or shares it', () => {
  const inputs = (pane: PaneId) => [
    tmux.paste(pane, 'a'),
    tmux.paste(pane, 'b'.repeat(5000)),
    tmux.type(pane, 'c'),
    tmux.keys(pane, 'd'),
    tmux.bytes(pane, Buffer.from('e')),
  ]

  it('is sent nothing while somebody switched its input off, and says so', async () => {
    const receiver = await startReceiver(tmux, { session, directory, name: 'off' })
    await tmux.raw(['select-pane', '-d', '-t', receiver.pane])
    for (const outcome of await Promise.allSettled(inputs(receiver.pane)))
      expect(outcome).toMatchObject({ status: 'rejected', reason: failure('PANE_INPUT_OFF') })
    await tmux.raw(['select-pane', '-e', '-t', receiver.pane])
    await tmux.type(receiver.pane, 'z')
    await expect.poll(async () => (await receiver.received()).toString()).toBe('z')
  })

  it('is sent nothing that others would be sent too', async () => {
    const first = await startReceiver(tmux, { session, directory, name: 'first' })
    await tmux.raw(['set-option', '-w', '-t', first.pane, 'synchronize-panes', 'on'])
    await tmux.type(first.pane, 'alone,')
    const second = await tmux.newPane({ beside: first.pane, command: ['cat', '-'] })
    for (const outcome of await Promise.allSettled(inputs(first.pane)))
      expect(outcome).toMatchObject({ status: 'rejected', reason: failure('PANE_SYNCHRONIZED') })
    await tmux.raw(['set-option', '-w', '-t', first.pane, 'synchronize-panes', 'off'])
    await tmux.type(first.pane, 'z')
    await expect.poll(async () => (await first.received()).toString()).toBe('alone,z')
    expect((await tmux.capture(second.pane)).text.trim()).toBe('')
  })
})

describe('input for a screen that was seen', () => {
  it('arrives while the words stand there, and is refused once they are gone', async () => {
    const { pane } = await tmux.newWindow({
      session,
      command: ['sh', '-c', 'printf "box: some words"; cat >/dev/null'],
    })
    await tmux.waitFor(pane, { text: 'some words' })
    await tmux.keysWhile(pane, { text: 'some words' }, 'x')
    await tmux.waitFor(pane, { text: 'some wordsx' })
    await expect(tmux.keysWhile(pane, { text: 'other words' }, 'y')).rejects.toEqual(
      failure('SCREEN_CHANGED'),
    )
    await tmux.keysWhile(pane, { text: 'some wordsx' }, 'z')
    await tmux.waitFor(pane, { text: 'some wordsxz' })
    await tmux.keysWhile(pane, { text: 'box? some ?ords' }, 'w')
    await tmux.waitFor(pane, { text: 'some wordsxzw' })
    await expect(tmux.keysWhile(pane, { text: 'box?? some' }, 'v')).rejects.toEqual(failure('SCREEN_CHANGED'))
  })

  it('is pasted only while the cursor stands where it stood', async () => {
    const receiver = await startReceiver(tmux, { session, directory, name: 'seen' })
    const { cursor } = await tmux.capture(receiver.pane)
    await tmux.paste(receiver.pane, 'a', { while: { cursor } })
    const moved = { x: cursor.x + 1, y: cursor.y }
    await expect(tmux.paste(receiver.pane, 'b', { while: { cursor: moved } })).rejects.toEqual(
      failure('SCREEN_CHANGED'),
    )
    await tmux.paste(receiver.pane, 'c', { while: { cursor, text: 'READY' } })
    await expect.poll(async () => (await receiver.received()).toString()).toBe('ac')
  })

  it('is refused in copy mode and by the dead as ever, and words are no format', async () => {
    const pane = await deadPane()
    await expect(tmux.keysWhile(pane, { text: 'x' }, 'Enter')).rejects.toEqual(failure('PANE_DEAD'))
    await expect(tmux.keysWhile(pane, { text: '#{pid}' }, 'Enter')).rejects.toThrow(TypeError)
  })
})

describe('keys and text', () => {
  it('arrive as they are named and written', async () => {
    const receiver = await startReceiver(tmux, { session, directory, name: 'keys' })
    await tmux.type(receiver.pane, '-l Enter; #{pid} "x" $HOME é👩‍💻\n\\;')
    await tmux.keys(receiver.pane, 'Enter', 'C-c', ';', '-', 'Escape', 'Up', 'Space')
    const expected = '-l Enter; #{pid} "x" $HOME é👩‍💻\n\\;\r\u0003;-\u001b\u001b[A '
    await expect.poll(async () => (await receiver.received()).toString()).toBe(expected)
  })

  it('to a pane that is not there are refused', async () => {
    const pane = parsePaneId('%9999')
    await expect(tmux.keys(pane, 'Enter')).rejects.toEqual(failure('NO_SUCH_TARGET'))
    await expect(tmux.type(pane, 'x')).rejects.toEqual(failure('NO_SUCH_TARGET'))
    await expect(tmux.paste(pane, 'x')).rejects.toEqual(failure('NO_SUCH_TARGET'))
    await expect(tmux.paste(pane, '')).rejects.toEqual(failure('NO_SUCH_TARGET'))
    await expect(tmux.leaveMode(pane)).rejects.toEqual(failure('NO_SUCH_TARGET'))
  })
})
