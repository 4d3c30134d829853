import { createHash } from 'node:crypto'
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
  readonly box: { readonly holds: string; readonly message: { readonly state: string } | null }
}

/** A team of one that stays: its verify command waits for a file. */
async function startTeam(room: Room): Promise<string> {
  const project = await room.project({ 'spec.md': spec })
  const verify = `while [ ! -e '${join(room.folder, 'go')}' ]; do sleep 0.1; done`
  const argv = ['--project', project, '--spec', `${project}/spec.md`, '--roles', 'developer']
  return (await room.json(['run', ...argv, '--agent', 'sim', '--verify', verify])).id
}

/** The word by which a message is known. */
function tokenOf(id: string): string {
  return `tmo-m-${createHash('sha256').update(id).digest('hex').slice(0, 10)}`
}

describe('tmo explain', () => {
  it('says which message stands in the prompt box without having come to anything, and who waits for it', async () => {
    await using room = new Room()
    const id = await startTeam(room)
    const developer = `${id}/developer`
    const explain = () => room.json<Explanation>(['explain', developer])
    const status = () => room.json<{ readonly held: readonly unknown[] }>(['status', id])
    const boxHolds = (what: string) => async () => (await explain()).box.holds === what
    await waitFor('idle', async () => (await explain()).verdict.state === 'idle')
    await waitFor('an empty box', boxHolds('nothing'))

    await room.press(id, 'developer', '-l', '--', 'words of a person')
    await waitFor('text', boxHolds('text'))
    expect(await explain()).toMatchObject({
      box: { holds: 'text', message: null },
      screenRules: { version: expect.stringMatching(/^20\d\d-/), source: 'built-in' },
    })
    expect(await status()).toMatchObject({ held: [] })
    const { messages } = await room.json<{ messages: readonly { id: string; reason: string }[] }>(
      ['send', developer, 'hello there'],
      3,
    )
    expect(messages).toMatchObject([{ state: 'refused', reason: 'draft: text stands in the box' }])
    expect((await room.tmo([])).stdout).toContain('nobody needs you')

    const token = tokenOf(messages[0]?.id ?? '')
    await room.press(id, 'developer', 'C-u')
    await room.press(id, 'developer', '-l', '--', `[from you · ${token}] hello there`)
    await waitFor('the message', boxHolds('ours'))
    expect((await explain()).box.message).toMatchObject({ token, state: 'refused', isTaken: false })
    const stands = `(${token}), of which nothing came; messages wait until Enter sends it or it is cleared`
    expect((await room.tmo(['explain', developer])).stdout).toContain(stands)
    const { code, stdout } = await room.tmo([])
    expect([code, stdout]).toEqual([3, expect.stringContaining(stands)])
    expect(stdout).toContain(`attach ${developer}`)

    const own = room.identityOf(developer)
    await room.tmo(['send', 'developer', 'and this', '--wait', '0'], { env: own })
    await waitFor('one that waits', async () => (await status()).held.length === 1)
    expect(await status()).toMatchObject({ held: [{ agent: 'developer', count: 1 }] })
    expect((await room.tmo(['status', id])).stdout).toMatch(
      /developer: a message waits beside what stands in its prompt box: .*\n.*attach .*explain /,
    )

    await room.press(id, 'developer', 'Enter')
    await waitFor('an empty box', boxHolds('nothing'))
    await waitFor('nobody waits', async () => (await status()).held.length === 0)
    expect(await status()).toMatchObject({ messages: { submitted: 1, refused: 1 } })
    expect((await room.tmo([])).stdout).toContain('nobody needs you')
  })

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
