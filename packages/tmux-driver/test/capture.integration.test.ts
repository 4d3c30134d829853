import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PaneId, Tmux } from '../src/index.ts'
import { openWorkRoom, type WorkRoom } from './work-room.ts'

let room: WorkRoom
let tmux: Tmux

beforeAll(async () => {
  room = await openWorkRoom()
  tmux = room.tmux
})

afterAll(() => room[Symbol.asyncDispose]())

async function start(script: string): Promise<PaneId> {
  const command = ['sh', '-c', `${script}; printf READY; exec cat`]
  const { pane } = await tmux.newWindow({ session: room.work.session, command })
  await tmux.waitFor(pane, { text: 'READY' })
  return pane
}

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${tmux.server.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

it('captures that are many and large show the same, and do not fill the server for good', async () => {
  const odd = await start(
    String.raw`printf '\033[31mred \033[1mbold\033[0m é日本👩‍💻 \\033 \\\\ \134060 tab\there\n%%end 1 2 1\n%%begin 1 2 1\n  spaces  \n'`,
  )
  const large = await start('i=0; while [ $i -lt 4900 ]; do i=$((i+1)); printf "%0200d\\n" $i; done')
  const looks = [
    {},
    { attributes: true },
    { join: true },
    { attributes: true, join: true, lines: 20 },
    { lines: 'all' },
  ] as const
  const before = await Promise.all(looks.map((look) => tmux.capture(odd, look)))
  const all = { lines: 'all' } as const
  const first = await tmux.capture(large, all)
  expect(first.text.length).toBeGreaterThan(900_000)
  for (let n = 0; n < 30; n += 1) await tmux.capture(large, all)
  const full = process.platform === 'linux' ? await residentBytes() : 0
  for (let n = 0; n < 60; n += 1) expect((await tmux.capture(large, all)).text).toBe(first.text)
  if (process.platform === 'linux') expect((await residentBytes()) - full).toBeLessThan(20_000_000)
  expect(await Promise.all(looks.map((look) => tmux.capture(odd, look)))).toEqual(before)
  expect((await tmux.raw(['list-buffers'])).lines).toEqual([])
})
