import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Room, type RunDocument } from '../e2e/room.ts'
import { expectTrue } from '../e2e/truth.ts'

const teams = process.env['TMO_SLICE'] === undefined ? 20 : 5

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

it(`completes ${teams} orchestrations at once, with at most 50 tmux processes, and idles without any`, async () => {
  await using room = new Room()
  room.env['TMO_TMUX'] = counted(room, 'tmux', '/usr/bin/tmux')
  counted(room, 'git', '/usr/bin/git')
  const env = { PATH: `${join(room.folder, 'counted')}:${room.env['PATH']}` }
  Object.assign(room.env, env)
  const projects = await Promise.all(
    Array.from({ length: teams }, (_, index) => room.example(`hello-${index}`)),
  )
  const documents = await Promise.all(
    projects.map((project) =>
      room.json<RunDocument>([
        'run',
        '--project',
        project,
        '--spec',
        `${project}/spec.md`,
        '--agent',
        'sim',
        '--verify',
        'sh verify.sh',
        '--wait',
      ]),
    ),
  )
  for (const [index, document] of documents.entries()) await expectTrue(room, projects[index] ?? '', document)
  expect(lines(room, 'tmux')).toBeLessThanOrEqual(50)
  const before = [lines(room, 'tmux'), lines(room, 'git')]
  await new Promise((resolve) => setTimeout(resolve, 60_000))
  expect([lines(room, 'tmux'), lines(room, 'git')]).toEqual(before)
}, 1_800_000)
