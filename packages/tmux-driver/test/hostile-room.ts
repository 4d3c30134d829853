import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { isTmuxError, type OpenOptions, sanitizeText, type Tmux } from '../src/index.ts'
import { escapeFormat } from '../src/quote.ts'
import { temporaryServer } from '../src/testing.ts'
import { startBystander } from './bystander.ts'
import { startReceiver } from './receiver.ts'

const name = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/
/** What a terminal acts on; an option holds none of them, as tmux 3.4 and 3.5 would give back something else. */
const controls = /[\u0000-\u0008\u000b-\u001f\u007f]/

export interface HostileRoom extends AsyncDisposable {
  readonly tmux: Tmux
  /** A file here means that something was run. */
  readonly canary: string
  /** Ids of what must stay as it is. */
  readonly targets: readonly string[]
  /** Sends each text in at every place that takes one: an error that says so, or the very text. */
  check(texts: readonly string[]): Promise<void>
  /** Nothing was run, and nothing else was hit. */
  expectUntouched(): Promise<void>
}

export async function openHostileRoom(options: Omit<OpenOptions, 'socket'> = {}): Promise<HostileRoom> {
  const server = await temporaryServer(options)
  const { tmux } = server
  const untyped: { capture(pane: unknown): Promise<unknown> } = tmux
  const root = await mkdtemp(join(tmpdir(), 'tmo-'))
  const directory = join(root, 'work')
  const canary = join(root, 'canary')
  for (const path of [directory, canary]) await mkdir(path)
  const bystander = await startBystander(tmux)
  const { session, pane } = await tmux.newSession({ name: 'target', command: ['cat', '-'] })
  const plain = await startReceiver(tmux, { session, directory, name: 'plain' })
  const marked = await startReceiver(tmux, { session, directory, name: 'marked', bracketed: true })
  const before = await bystander.describe()
  const arrived = new Map([plain, marked].map((receiver) => [receiver, [] as string[]]))
  let number = 0

  /** A directory of that name, when one can have it. */
  async function directoryOf(text: string, at: string): Promise<string | undefined> {
    const path = join(at, 'in', `d${text.replaceAll('/', '_')}`)
    if (text.includes('\0') || Buffer.byteLength(path) > 4000 || Buffer.byteLength(text) > 250)
      return undefined
    await mkdir(path, { recursive: true })
    return path
  }

  /** As directory, environment and argument of a program, which writes down what it got. */
  async function start(text: string): Promise<void> {
    number += 1
    const at = join(directory, String(number))
    const file = join(at, 'got')
    await mkdir(at)
    const cwd = (await directoryOf(text, at)) ?? at
    const script = '{ pwd; printf "\\0%s" "$VALUE" "$@"; } >"$0.part" && mv "$0.part" "$0"; exec cat'
    const spec = { session, cwd, env: { VALUE: text }, command: ['sh', '-c', script, file, text, '-', text] }
    if (text.includes('\0')) return await expect(tmux.newWindow(spec)).rejects.toThrow(TypeError)
    const { window } = await tmux.newWindow(spec)
    const got = (): Promise<string> => readFile(file, 'utf8').catch(() => '')
    await expect.poll(got, { timeout: 30_000 }).toBe(`${[`${cwd}\n`, text, text, '-', text].join('\0')}`)
    await tmux.killWindow(window)
    if (cwd === at) {
      const missing = tmux.newWindow({ session, cwd: join(at, `d${text}`) })
      await expect(missing).rejects.toEqual(failure('NO_SUCH_DIRECTORY'))
    }
  }

  /** As the name of a session, of a window, of a variable, of an option, of a socket, of a key, and as an id. */
  async function call(text: string): Promise<void> {
    const other = `other-${number}`
    if (name.test(text)) {
      if ((await tmux.hasSession(text)) === undefined) {
        const made = await tmux.newSession({ name: text, windowName: text, command: ['cat', '-'] })
        const rows = await tmux.list({ fields: ['session', 'sessionName', 'windowName'] })
        expect(rows).toContainEqual({ session: made.session, sessionName: text, windowName: text })
        await tmux.killSession(made.session)
      }
    } else {
      await expect(tmux.newSession({ name: text })).rejects.toEqual(failure('BAD_NAME'))
      await expect(tmux.newSession({ name: other, windowName: text })).rejects.toEqual(failure('BAD_NAME'))
      await expect(tmux.newWindow({ session, name: text })).rejects.toEqual(failure('BAD_NAME'))
      await expect(tmux.hasSession(text)).rejects.toEqual(failure('BAD_NAME'))
    }
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(text)) {
      await expect(tmux.newWindow({ session, env: { [text]: 'x' } })).rejects.toThrow(TypeError)
    }
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(text)) {
      await expect(tmux.setOption(pane, `@${text}`, 'x')).rejects.toThrow(TypeError)
      await expect(tmux.list({ fields: [`@${text}`] })).rejects.toThrow(TypeError)
    }
    if (!/^[!-~]$/.test(text)) await expect(tmux.keys(pane, text)).rejects.toThrow(TypeError)
    if (!/^%\d+$/.test(text)) await expect(untyped.capture(text)).rejects.toThrow(TypeError)
    if (!/^[a-z]+(-[a-z]+)*$/.test(text)) await expect(tmux.raw([text])).rejects.toThrow(TypeError)
  }

  /** As the value of an option, and as a message. */
  async function tell(text: string): Promise<void> {
    const setting = tmux.setOption(pane, '@hostile', text)
    if (controls.test(text)) await expect(setting).rejects.toThrow(TypeError)
    else {
      await setting
      expect(await tmux.getOption(pane, '@hostile')).toBe(text)
      const row = (await tmux.list({ fields: ['pane', '@hostile'] })).find((one) => one.pane === pane)
      expect(row?.['@hostile']).toBe(text)
    }
    const sending = tmux.raw(['display-message', '-p', '--', escapeFormat(text).replaceAll('%', '%%')])
    if (text.includes('\0')) return await expect(sending).rejects.toThrow(TypeError)
    const { lines } = await sending
    // What is longer tmux cannot print, and 3.4 and 3.5 print control characters as escapes.
    if (Buffer.byteLength(text) <= 2000 && !controls.test(text)) expect(lines.join('\n')).toBe(text)
  }

  /** As what is pasted and typed, and byte for byte. */
  async function enter(text: string): Promise<void> {
    const clean = sanitizeText(text)
    await tmux.paste(plain.pane, text)
    await tmux.paste(plain.pane, text, { sanitize: false, bracketed: false })
    await tmux.paste(marked.pane, text)
    await tmux.bytes(plain.pane, Buffer.from(text))
    arrived.get(plain)?.push(clean, text, text)
    arrived.get(marked)?.push(clean === '' ? '' : `\u001b[200~${clean}\u001b[201~`)
    const typing = tmux.type(plain.pane, text)
    if (text.includes('\0')) return await expect(typing).rejects.toThrow(TypeError)
    if (Buffer.byteLength(text) > 16_384) return await expect(typing).rejects.toThrow(RangeError)
    await typing
    arrived.get(plain)?.push(text)
  }

  return {
    tmux,
    canary,
    targets: [...Object.values(bystander.ids), 'bystander', '=bystander:'],
    async check(texts) {
      for (const raw of texts) {
        // Half a surrogate pair is no character, and goes out as U+FFFD.
        const text = Buffer.from(raw).toString()
        await Promise.all([start(text), call(text), tell(text), enter(text)])
        for (const [receiver, expected] of arrived) {
          const whole = expected.join('')
          await expect
            .poll(async () => (await receiver.received()).length, {
              timeout: 30_000,
              message: JSON.stringify(text),
            })
            .toBe(Buffer.byteLength(whole))
        }
      }
      for (const [receiver, expected] of arrived)
        expect((await receiver.received()).toString()).toBe(expected.join(''))
    },
    async expectUntouched() {
      expect(await readdir(canary)).toEqual([])
      expect(await bystander.describe()).toEqual(before)
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await rm(root, { recursive: true, force: true })
    },
  }
}

const failure = (code: Parameters<typeof isTmuxError>[1]): unknown =>
  expect.toSatisfy((error: unknown) => isTmuxError(error, code), code)
