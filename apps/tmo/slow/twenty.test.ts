import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Room, type RunDocument, waitFor } from '../e2e/room.ts'
import { expectTrue } from '../e2e/truth.ts'

const teams = process.env['TMO_SLICE'] === undefined ? 20 : 5
const idleMs = process.env['TMO_SLICE'] === undefined ? 60_000 : 15_000

interface Listed {
  readonly orchestrations: readonly { readonly state: string }[]
}

/** A program that writes a line to a log and then is the real one. */
function counted(room: Room, name: string, real: string): string {
  const folder = join(room.folder, 'counted')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, name)
  writeFileSync(file, `#!/bin/sh\necho "$$ $*" >> ${join(room.folder, `${name}.log`)}\nexec ${real} "$@"\n`)
  chmodSync(file, 0o755)
  return file
}

function lines(room: Room, name: string): number {
  const file = join(room.folder, `${name}.log`)
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').length : 0
}

/** Programs that tmo starts are counted from here on. */
function count(room: Room): void {
  room.env['TMO_TMUX'] = counted(room, 'tmux', '/usr/bin/tmux')
  counted(room, 'git', '/usr/bin/git')
  Object.assign(room.env, { PATH: `${join(room.folder, 'counted')}:${room.env['PATH']}` })
}

async function expectIdle(room: Room): Promise<void> {
  const before = [lines(room, 'tmux'), lines(room, 'git')]
  await new Promise((resolve) => setTimeout(resolve, idleMs))
  expect([lines(room, 'tmux'), lines(room, 'git')]).toEqual(before)
}

it(`completes ${teams} orchestrations at once, with at most 50 tmux processes, and idles without any`, async () => {
  await using room = new Room()
  count(room)
  const projects = await Promise.all(
    Array.from({ length: teams }, (_, index) => room.example(`hello-${index}`)),
  )
  const documents = await Promise.all(
    projects.map((project) =>
      room.json<RunDocument>([
        ...['run', '--project', project, '--spec', `${project}/spec.md`, '--agent', 'sim'],
        ...['--verify', 'sh verify.sh', '--wait'],
      ]),
    ),
  )
  for (const [index, document] of documents.entries()) await expectTrue(room, projects[index] ?? '', document)
  expect(lines(room, 'tmux')).toBeLessThanOrEqual(50)
  await expectIdle(room)
}, 1_800_000)

it(`holds ${teams} orchestrations whose agents think, without any process of tmux or git`, async () => {
  await using room = new Room()
  count(room)
  const project = await room.example()
  mkdirSync(join(project, '.tmo'))
  writeFileSync(join(project, '.tmo/config.yaml'), 'agentOptions:\n  think-ms: "6000000"\n')
  const run = ['run', '--project', project, '--spec', `${project}/spec.md`, '--agent', 'sim', '--trust']
  for (let index = 0; index < teams; index += 1) await room.json(run)
  const states = async (): Promise<readonly string[]> =>
    (await room.json<Listed>(['list'])).orchestrations.map(({ state }) => state)
  const held = Array.from({ length: teams }, () => 'running')
  expect(await states()).toEqual(held)
  // The last windows are still being looked at when the command returns.
  let seen = -1
  await waitFor('the end of what the starts left to do', async () => {
    const now = lines(room, 'tmux') + lines(room, 'git')
    const isQuiet = now === seen
    seen = now
    if (!isQuiet) await new Promise((resolve) => setTimeout(resolve, 5_000))
    return isQuiet
  })
  await expectIdle(room)
  expect(await states()).toEqual(held)
}, 1_800_000)
