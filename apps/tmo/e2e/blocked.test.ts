import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { Room, type RunDocument, waitFor } from './room.ts'
import { expectTrue } from './truth.ts'

const refusal = 'no commits on Thursday'

interface Listed {
  readonly orchestrations: readonly { readonly id: string }[]
}

it("an agent whose commits the repository's own hooks refuse is blocked, says so with the next step, and completes when it is answered", async () => {
  await using room = new Room()
  const project = await room.example()
  const hook = `${project}/.git/hooks/pre-commit`
  writeFileSync(hook, `#!/bin/sh\necho '${refusal}' >&2\nexit 1\n`)
  chmodSync(hook, 0o755)
  const running = room.tmo([
    ...['run', '--project', project, '--spec', `${project}/spec.md`, '--roles', 'developer'],
    ...['--agent', 'sim', '--verify', 'sh verify.sh', '--wait'],
  ])
  const blocked = await waitFor('the developer to be blocked', async () => {
    const [first] = (await room.json<Listed>(['list'])).orchestrations
    if (first === undefined) return undefined
    const status = await room.json<
      RunDocument & { reports: readonly { kind: string; agent: string; note: string }[] }
    >(['status', first.id])
    return status.reports.some(({ kind }) => kind === 'blocked') && status
  })
  expect(blocked.reports.find(({ kind }) => kind === 'blocked')).toMatchObject({
    agent: 'developer',
    note: expect.stringContaining(refusal),
  })
  // Nobody takes it for done, and nothing is merged.
  expect([blocked.state, blocked.integration?.commit ?? blocked.baseCommit]).toEqual([
    'running',
    blocked.baseCommit,
  ])
  expect(blocked.agents.filter(({ doneAt }) => doneAt !== null)).toEqual([])
  const { stdout } = await room.tmo([])
  expect(stdout).toContain(`${blocked.id}/developer needs you: blocked: `)

  rmSync(hook)
  await room.json(['send', `${blocked.id}/developer`, 'The hook is mended, try again.'])
  const { code, stderr } = await running
  expect(stderr).toContain(refusal)
  expect(stderr).toContain(
    `answer it: tmo send ${blocked.id}/developer "…" · tmo attach ${blocked.id}/developer`,
  )
  expect(code).toBe(0)
  await expectTrue(room, project, await room.json<RunDocument>(['status', blocked.id]))
})
