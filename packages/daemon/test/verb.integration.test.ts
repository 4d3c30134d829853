import { type ExecFileException, execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DaemonClient } from '../src/daemon-requests.ts'
import { agent, seedAgent, type TemporaryHome, temporaryHome, waitFor } from './temporary-home.ts'

let place: TemporaryHome

beforeEach(async () => {
  place = temporaryHome()
  await seedAgent(place.home)
})
afterEach(async () => {
  await place.remove()
})

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** `$TMO_HOME/bin/tmo` as an agent calls it in its pane. */
function tmo(
  words: readonly string[],
  options: { env?: Record<string, string>; stdin?: string } = {},
): Promise<Ran> {
  const env = { ...place.env, TMO_AGENT: agent.address, TMO_TOKEN: agent.token, ...options.env }
  return new Promise((resolve) => {
    const done = (error: ExecFileException | null, stdout: string, stderr: string): void =>
      resolve({
        code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1,
        stdout,
        stderr,
      })
    const child = execFile(join(place.home, 'bin', 'tmo'), [...words], { env, cwd: place.root }, done)
    child.stdin?.end(options.stdin ?? '')
  })
}

const spooled = (): string[] =>
  readdirSync(join(place.home, 'spool')).filter((name) => name.endsWith('.json'))

async function reports(client: DaemonClient): Promise<string[]> {
  const { reports: all } = await client.call('orchestration.status', { id: agent.orchestration })
  return all.map(({ kind, note }) => `${kind} ${note}`)
}

describe('the verbs of agents', () => {
  it('report to a running daemon, in the words of the agent, byte for byte', async () => {
    const { client } = await place.start()
    const note = `half "done" $(id) 'ü' \\ -- 50 %`
    expect(await tmo(['report', 'progress', note])).toEqual({
      code: 0,
      stdout: 'reported progress\n',
      stderr: '',
    })
    expect(await reports(client)).toEqual([`progress ${note}`])
    expect((await client.status()).counters.verbs).toBe(1)
  })

  it('read stdin for a dash, and pass on the exit codes of the daemon', async () => {
    await place.start()
    expect(await tmo(['report', 'finished'])).toMatchObject({ code: 2, stdout: '' })
    expect(await tmo(['task', 'list', '--json'])).toMatchObject({ code: 0, stderr: '' })
    const sent = await tmo(['send', 'nobody', '-'], { stdin: 'hello\nworld' })
    expect(sent.code).toBe(1)
    expect(sent.stderr).toContain('nobody')
  })

  it('speak for nobody with a wrong token', async () => {
    const { client } = await place.start()
    const { code, stderr } = await tmo(['report', 'progress', 'x'], { env: { TMO_TOKEN: 'guess' } })
    expect(code).toBe(1)
    expect(stderr).toContain('tmo: ')
    expect(await reports(client)).toEqual([])
  })

  it('run with the daemon’s node when another one is first on PATH, whatever NODE_OPTIONS says', async () => {
    const { client } = await place.start()
    const bin = join(place.root, 'other')
    mkdirSync(bin)
    writeFileSync(join(bin, 'node'), '#!/bin/sh\necho another node >&2\nexit 9\n')
    chmodSync(join(bin, 'node'), 0o755)
    const env = { PATH: `${bin}:${place.env['PATH']}`, NODE_OPTIONS: '--require /absent.js' }
    expect(await tmo(['report', 'progress', 'mine'], { env })).toMatchObject({ code: 0, stderr: '' })
    expect(await reports(client)).toEqual(['progress mine'])
  })

  it('wait in the spool while the daemon is dead, and take effect once, in order, when it is back', async () => {
    const { daemon } = await place.start()
    daemon.child.kill('SIGKILL')
    await daemon.ended
    for (const note of ['one', 'two', 'three']) {
      const { code, stdout, stderr } = await tmo(['report', 'progress', note])
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
      expect(stderr).toMatch(/^spooled: no daemon runs/)
    }
    const files = spooled()
    expect(files).toHaveLength(3)
    const kept = files.map((name) => ({ name, text: readFileSync(join(place.home, 'spool', name)) }))
    const { client, daemon: second } = await place.start()
    await waitFor(() => spooled().length === 0)
    expect(await reports(client)).toEqual(['progress one', 'progress two', 'progress three'])
    second.child.kill('SIGKILL')
    await second.ended
    // Killed after the effect and before the file was gone: the file is there again.
    for (const { name, text } of kept) writeFileSync(join(place.home, 'spool', name), text)
    const { client: again } = await place.start()
    await waitFor(() => spooled().length === 0)
    expect(await reports(again)).toEqual(['progress one', 'progress two', 'progress three'])
    expect((await again.status()).counters.verbsReplayed).toBe(3)
  })

  it('take effect once when the daemon dies between the effect and its answer', async () => {
    await place.start().then(async ({ daemon }) => {
      daemon.child.kill('SIGKILL')
      await daemon.ended
    })
    // Stands for that daemon: takes the request, and hangs up without a word.
    const path = join(place.home, 'daemon.sock')
    rmSync(path)
    let request = ''
    const dying = createServer((socket) => {
      socket.write('{"tmo":"daemon","protocol":1}\n')
      socket.on('data', (chunk: Buffer) => {
        request += chunk.toString()
        if (request.split('\n').length === 3) socket.destroy()
      })
    })
    await new Promise<void>((resolve) => dying.listen(path, () => resolve()))
    expect((await tmo(['report', 'progress', 'once'])).stderr).toMatch(/^spooled: the daemon hung up/)
    await new Promise((resolve) => dying.close(resolve))
    const [name = ''] = spooled()
    const { args, as } = JSON.parse(request.split('\n')[1] ?? '')
    const file = JSON.parse(readFileSync(join(place.home, 'spool', name), 'utf8'))
    expect(file).toMatchObject({ id: args.id, argv: ['report', 'progress', 'once'], ...as })
  })

  it('say in one line that a question cannot be answered while the daemon is away', async () => {
    const { daemon } = await place.start()
    daemon.child.kill('SIGKILL')
    await daemon.ended
    for (const words of [
      ['inbox'],
      ['task', 'list'],
      ['agent', 'list'],
      ['schedule', 'list'],
      ['report', '--help'],
    ]) {
      const { code, stdout, stderr } = await tmo(words)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toBe('tmo: no daemon runs; ask again when the daemon is back\n')
    }
    expect(spooled()).toEqual([])
  })

  it('are not lost silently when they can neither be sent nor kept', async () => {
    const { daemon } = await place.start()
    daemon.child.kill('SIGKILL')
    await daemon.ended
    rmSync(join(place.home, 'spool'), { recursive: true })
    const { code, stderr } = await tmo(['report', 'done', 'x'])
    expect(code).toBe(1)
    expect(stderr).toContain('it cannot be kept for later')
  })

  it('sets aside what is no verb, and goes on with the others', async () => {
    const { daemon } = await place.start()
    daemon.child.kill('SIGKILL')
    await daemon.ended
    writeFileSync(join(place.home, 'spool', '00000000-bad.json'), '{"id":')
    writeFileSync(join(place.home, 'spool', '00000001-odd.json'), '{"id":"00000001-odd","argv":"report"}')
    await tmo(['report', 'progress', 'good'])
    const { client } = await place.start()
    await waitFor(() => spooled().length === 0)
    expect(await reports(client)).toEqual(['progress good'])
    expect(readdirSync(join(place.home, 'spool', 'bad')).sort()).toEqual([
      '00000000-bad.json',
      '00000001-odd.json',
    ])
  })

  it('leave every other word to the program of people', async () => {
    const cli = join(place.root, "people's cli.mjs")
    writeFileSync(cli, 'console.log(JSON.stringify([process.argv.slice(2), process.env.TMO_HOME]))\n')
    place.spawn({ args: ['--cli', cli] })
    await place.connect()
    const { stdout } = await tmo(['status', 'a b', '--json'])
    expect(JSON.parse(stdout)).toEqual([['status', 'a b', '--json'], place.home])
    const person = await tmo(['report', 'x'], { env: { TMO_TOKEN: '' } })
    expect(JSON.parse(person.stdout)[0]).toEqual(['report', 'x'])
  })

  it('follow as events, each once, to whoever listens', async () => {
    const { client } = await place.start()
    const { events } = await client.call('event.list', { after: 0, limit: 1_000 })
    const last = events.at(-1)?.seq ?? 0
    const follow = client.follow('events.follow', { after: last })
    const seen: string[] = []
    const reading = (async () => {
      for await (const event of follow) {
        if (event.kind === 'report:added') seen.push(JSON.stringify(event.data))
        if (seen.length === 3) return
      }
    })()
    for (const note of ['a', 'b', 'c']) await tmo(['report', 'progress', note])
    await reading
    expect(seen.map((text) => JSON.parse(text).note)).toEqual(['a', 'b', 'c'])
  })
})
