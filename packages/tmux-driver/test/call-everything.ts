import { join } from 'node:path'
import { expect } from 'vitest'
import { type CreatedSession, Tmux } from '../src/index.ts'

/** Ends what the others live in. */
const endings = ['killServer', 'close']

/**
 * Calls every method of a handle and reads every property, in and beside the session of somebody who is attached, as a program
 * that minds its own windows does. Answers the names of those that it did not call.
 */
export async function callEverything(
  handle: Tmux,
  { human, directory }: { readonly human: CreatedSession; readonly directory: string },
): Promise<readonly string[]> {
  const called = new Set(endings)
  const tmux = new Proxy(handle, {
    get(target, key) {
      called.add(String(key))
      const value: unknown = Reflect.get(target, key, target)
      return value instanceof Function ? value.bind(target) : value
    },
  })
  const { session } = human
  const command = ['cat', '-']
  const stop = new AbortController()
  const seen: string[] = []
  const watching = (async () => {
    for await (const event of tmux.watch({ intervalMs: 20, signal: stop.signal })) seen.push(event.type)
  })().catch((error: unknown) => expect(error).toBe(stop.signal.reason))

  const shown: string[] = []
  const taking = (async () => {
    for await (const event of tmux.output('all', { signal: stop.signal })) shown.push(event.type)
  })().catch((error: unknown) => expect(error).toBe(stop.signal.reason))

  tmux.events.on('window:added', () => undefined)
  expect([tmux.isConnected, tmux.processesStarted > 0, tmux.version.major > 2]).toEqual([true, true, true])
  expect([tmux.features.deadSignal, tmux.server.pid > 0]).toEqual([true, true])

  const small = await tmux.newSession({ name: 'small', size: { cols: 40, rows: 10 }, command })
  const { window, pane } = await tmux.newWindow({ session, name: 'behind', command, remainOnExit: true })
  await tmux.newWindows([
    { session, command },
    { session: small.session, command },
  ])
  const beside = await tmux.newPane({ beside: window, place: 'left', command })
  await tmux.newPanes([
    { beside: beside.pane, command },
    { beside: small.pane, command },
  ])
  await tmux.setLayout(window, 'tiled')
  await tmux.resize(small.window, { cols: 300, rows: 100 })
  await tmux.resize(window, { cols: 60, rows: 15 })
  await tmux.within({ timeoutMs: 60_000 }).resize(beside.pane, { cols: 25, rows: 7 })

  await tmux.paste(pane, 'pasted\n'.repeat(1000))
  await tmux.bytes(pane, Buffer.from('bytes\r'))
  await tmux.waitFor(pane, { text: 'bytes' })
  // What is typed while a terminal is behind with its echo is echoed only with the next input.
  await tmux.waitFor(pane, { quietMs: 100 })
  await tmux.type(pane, 'typed')
  await tmux.waitFor(pane, { text: 'typed' })
  await tmux.keysWhile(pane, { text: 'typed' }, 'Enter')
  await tmux.waitFor(pane, { quietMs: 50 })
  await tmux.raw(['copy-mode', '-t', pane])
  await tmux.leaveMode(pane)
  await tmux.keys(pane, 'C-c')
  expect(await tmux.waitFor(pane, { exit: true })).toMatchObject({ signal: 2 })
  await tmux.respawn(pane, { command })

  for (const one of [human.pane, pane]) {
    await tmux.capture(one, { lines: 'all', attributes: true, join: true })
    await tmux.pipe(one, join(directory, one))
    await tmux.stopPipe(one)
    await tmux.setOption(one, '@mark', 'x')
    expect(await tmux.getOption(one, '@mark')).toBe('x')
  }
  await tmux.captureMany('all', { lines: 'all' })
  expect((await tmux.list({ fields: ['pane', 'width', 'layout', 'command'] })).length).toBeGreaterThan(6)
  expect(await tmux.hasSession('small')).toBe(small.session)

  await using second = await Tmux.open({
    socket: { path: tmux.server.socketPath },
    size: { cols: 90, rows: 20 },
  })
  await second.newSession({ name: 'second', command })
  await second.close()
  await tmux.reconnect()

  expect(await tmux.killPane(beside.pane)).toBe(true)
  expect(await tmux.killWindow(window)).toBe(true)
  expect(await tmux.killSession(small.session)).toBe(true)
  await expect
    .poll(() => new Set(seen))
    .toEqual(expect.objectContaining(new Set(['added', 'changed', 'closed'])))
  await expect
    .poll(() => [...new Set(shown)].sort())
    .toEqual(expect.arrayContaining(['bytes', 'closed', 'screen']))
  stop.abort(new Error('enough'))
  await Promise.all([watching, taking])
  const all = Object.getOwnPropertyNames(Tmux.prototype).filter((name) => name !== 'constructor')
  return all.filter((name) => !called.has(name))
}
