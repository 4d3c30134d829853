import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Room, waitFor } from './room.ts'

const spec = '# Notes\n\n## Tasks\n\n- [ ] Write `notes/one.md`\n'

interface Explanation {
  readonly agent: string
  readonly state: string
  readonly verdict: {
    readonly state: string
    readonly detail: string | null
    readonly source: string
    readonly at: string | null
    readonly ageMs: number | null
  }
  readonly others: readonly unknown[]
}

/** A team of one that stays: its verify command waits for a file. */
async function startTeam(room: Room): Promise<string> {
  const project = await room.project({ 'spec.md': spec })
  const verify = `while [ ! -e '${join(room.folder, 'go')}' ]; do sleep 0.1; done`
  const argv = ['--project', project, '--spec', `${project}/spec.md`, '--roles', 'developer']
  return (await room.json(['run', ...argv, '--agent', 'sim', '--verify', verify])).id
}

describe('tmo explain', () => {
  it('names the signal that decided and its age, and says where nothing is known', async () => {
    await using room = new Room()
    const id = await startTeam(room)
    const explain = () => room.json<Explanation>(['explain', `${id}/developer`])
    await waitFor('idle', async () => (await explain()).verdict.state === 'idle')
    const idle = await explain()
    expect(idle).toMatchObject({
      agent: `${id}/developer`,
      state: 'running',
      verdict: { source: 'status-file' },
    })
    const { at, ageMs } = idle.verdict
    expect(Date.now() - Date.parse(at ?? '')).toBeGreaterThanOrEqual(ageMs ?? -1)

    await room.type(id, 'developer', '/permission npm test')
    await waitFor('the dialog', async () => (await explain()).verdict.state === 'blocked-permission')
    expect(await explain()).toMatchObject({ verdict: { source: 'status-file', detail: 'permission prompt' } })
    const { stdout, code } = await room.tmo(['explain', `${id}/developer`])
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^decided +blocked-permission +status-file +\d/m),
    ])

    await room.tmo(['stop', id])
    const gone = { state: 'unknown', source: 'none', at: null, ageMs: null, detail: 'it has no window now' }
    expect(await explain()).toMatchObject({ verdict: gone, others: [] })
    expect((await room.tmo(['explain', `${id}/developer`])).stdout).toMatch(
      /^decided +unknown +none +- +it has no window now$/m,
    )

    const unknown = await room.tmo(['explain', `${id}/nobody`])
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringMatching(/no agent "nobody"[\s\S]*hint: .*developer/),
    ])
    const unnamed = await room.tmo(['explain', id])
    expect([unnamed.code, unnamed.stderr]).toEqual([
      2,
      expect.stringMatching(/names no agent[\s\S]*hint: .*developer/),
    ])
    const noTeam = await room.tmo(['explain', 'nothing-abcd/developer'])
    expect([noTeam.code, noTeam.stderr]).toEqual([1, expect.stringMatching(/hint: /)])
  })
})
