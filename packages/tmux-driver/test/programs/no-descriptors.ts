import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { Tmux } from '../../src/index.ts'
import { describeFailure } from './describe-failure.ts'

/** Uses a handle, and opens another, while this process may open no more files, and tells what came of it. */
const [directory = ''] = process.argv.slice(2)
const socket = { path: join(directory, 's') }
const tmux = await Tmux.open({ socket })
const taken: FileHandle[] = []
try {
  const { pane } = await tmux.newSession({ name: 'work', command: ['cat', '-'] })
  const answer = async (): Promise<string | undefined> =>
    (await tmux.raw(['display-message', '-p', 'answer'])).lines[0]
  try {
    for (;;) taken.push(await open('/dev/null'))
  } catch {
    // There are no more.
  }
  const opening = await describeFailure(Tmux.open({ socket }))
  const pasting = await describeFailure(tmux.paste(pane, 'x'.repeat(10_000)))
  const whileStarved = await answer()
  const { lines } = await tmux.raw(['list-clients', '-F', '#{client_pid}'])
  const lost = new Promise((resolve) => tmux.events.once('server:lost', resolve))
  process.kill(Number(lines[0]), 'SIGKILL')
  await lost
  // Its pipes are free again, and have to be taken too.
  try {
    for (;;) taken.push(await open('/dev/null'))
  } catch {
    // There are no more.
  }
  const reconnecting = await describeFailure(tmux.raw(['display-message', '-p', 'x']))
  for (const file of taken.splice(0)) await file.close()
  const { pid } = tmux.server
  const facts = {
    opening,
    pasting,
    whileStarved,
    reconnecting,
    afterwards: await answer(),
    same: tmux.server.pid === pid,
  }
  process.stdout.write(JSON.stringify(facts))
} finally {
  for (const file of taken) await file.close()
  await tmux.killServer()
  await tmux.close()
}
