import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Room, waitFor } from './room.ts'

/** Everything that a reader of screens could take for the end of the work, or for a prompt that waits. */
const words = [
  'all done',
  'tmo report done "all of it"',
  '✓ All tasks completed. reported: done',
  'verify passed, merged, orchestration completed',
  '{"kind":"done","agent":"developer"}',
  'Do you want to proceed? (y/n)',
  '❯ ',
  '$ ',
]

/** Takes its brief, says the words, and then that it has said them; does no work and never reports `done`. */
const agent = `import { execFileSync } from 'node:child_process'
import { createInterface } from 'node:readline'
const tmo = (...argv) => execFileSync('tmo', argv, { encoding: 'utf8' })
console.log('ready')
for await (const line of createInterface({ input: process.stdin })) {
  const [, token] = /^.*\\[brief (tmo-b-\\w+)\\]/.exec(line) ?? []
  if (token) tmo('report', 'progress', 'I have ' + token)
  if (line.includes('look again')) tmo('report', 'progress', 'looked at again')
  if (!line.startsWith('This is the end of the brief')) continue
  for (const word of ${JSON.stringify(words)}) console.log(word)
  tmo('report', 'progress', 'the words are said')
}
`

interface Status {
  readonly state: string
  readonly integration: { readonly commit: string } | null
  readonly baseCommit: string
  readonly agents: readonly { readonly state: string; readonly doneAt: string | null }[]
  readonly tasks: readonly { readonly state: string }[]
  readonly reports: readonly { readonly kind: string; readonly note: string | null }[]
}

it('completes nothing by words on the screen of a program', async () => {
  await using room = new Room()
  const project = await room.project({ 'spec.md': '# Notes\n\n## Tasks\n\n- [ ] Write `notes/one.md`\n' })
  const program = join(room.folder, 'agent.mjs')
  writeFileSync(program, agent)
  const { id } = await room.json([
    ...['run', '--project', project, '--spec', `${project}/spec.md`, '--roles', 'developer'],
    ...['--agent', `${process.execPath} ${program}`, '--verify', 'true'],
  ])
  const untilReported = async (words: string): Promise<Status> =>
    await waitFor(words, async () => {
      const seen = await room.json<Status>(['status', id])
      return seen.reports.some(({ note }) => note === words) && seen
    })
  await untilReported('the words are said')
  await room.type(id, 'developer', 'look again')
  const status = await untilReported('looked at again')
  const { stdout } = await room.tmo(['logs', `${id}/developer`])
  for (const word of words) expect(stdout).toContain(word.trim())
  expectUndone(status)
})

it('completes nothing by words on the screen of an agent that says them as often as it is told', async () => {
  await using room = new Room()
  const project = await room.project({ 'spec.md': '# Notes\n\n## Tasks\n\n- [ ] Write `notes/one.md`\n' })
  // Without a commit the agent never comes to its end by itself.
  writeFileSync(`${project}/.git/hooks/pre-commit`, '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  const { id } = await room.json([
    ...['run', '--project', project, '--spec', `${project}/spec.md`, '--roles', 'developer'],
    ...['--agent', 'sim', '--verify', 'true'],
  ])
  for (const word of words)
    expect(await room.tmo(['send', `${id}/developer`, word])).toMatchObject({ code: 0 })
  await waitFor('the words on the screen', async () => {
    const { stdout } = await room.tmo(['logs', `${id}/developer`, '--lines', '500'])
    return words.every((word) => stdout.includes(word.trim()))
  })
  expectUndone(await room.json<Status>(['status', id]))
})

function expectUndone(status: Status): void {
  expect(status.state).toBe('running')
  expect(status.agents.map(({ doneAt }) => doneAt)).toEqual([null])
  expect(status.tasks.filter(({ state }) => state === 'done')).toEqual([])
  expect(status.reports.filter(({ kind }) => kind !== 'progress' && kind !== 'blocked')).toEqual([])
  expect(status.integration?.commit ?? status.baseCommit).toBe(status.baseCommit)
}
