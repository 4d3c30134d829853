import { readdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Tmux } from '../../src/index.ts'
import { describeFailure } from './describe-failure.ts'

/** Pastes into a program while the temporary directory is full, and tells what came of it. */
const [directory = ''] = process.argv.slice(2)
const file = join(directory, 'received')
const filler = join(tmpdir(), 'filler')
const tmux = await Tmux.open({ socket: { path: join(directory, 's') } })
try {
  const script = 'stty raw -echo; printf READY; exec cat >"$0"'
  const { pane } = await tmux.newSession({ name: 'work', command: ['sh', '-c', script, file] })
  await tmux.waitFor(pane, { text: 'READY' })
  const tooLong = await describeFailure(tmux.paste(pane, 'x'.repeat(1_000_000)))
  const leftByTooLong = await readdir(tmpdir())
  await writeFile(filler, Buffer.alloc(1_000_000)).catch((error: unknown) => error)
  const onFull = await describeFailure(tmux.paste(pane, 'y'.repeat(10_000)))
  const ofBytes = await describeFailure(tmux.bytes(pane, Buffer.alloc(10_000)))
  const leftOnFull = await readdir(tmpdir())
  await tmux.paste(pane, 'short,')
  await unlink(filler)
  await tmux.paste(pane, 'z'.repeat(100_000))
  const received = async (): Promise<string> => await readFile(file, 'utf8')
  while ((await received()).length < 100_006) await new Promise(setImmediate)
  const { lines: buffers } = await tmux.raw(['list-buffers'])
  const text = (await received()).replace(/z+$/, (all) => String(all.length))
  const facts = {
    tooLong,
    leftByTooLong,
    onFull,
    ofBytes,
    leftOnFull,
    text,
    buffers,
    left: await readdir(tmpdir()),
  }
  process.stdout.write(JSON.stringify(facts))
} finally {
  await tmux.killServer()
  await tmux.close()
}
