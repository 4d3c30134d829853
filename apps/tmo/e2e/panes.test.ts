import { describe, expect, it } from 'vitest'
import { Room } from './room.ts'
import { installClaude } from './stand-in-claude.ts'

const spec = '# Notes\n\n## Tasks\n\n- [ ] Write `notes/one.md`\n'

describe('in an agent’s pane', () => {
  it('what is for people is refused, with and without its secret, and nothing happens', async () => {
    await using room = new Room()
    installClaude(room)
    const project = await room.project({ 'spec.md': spec })
    const argv = ['--project', project, '--spec', `${project}/spec.md`, '--roles', 'developer']
    const { id } = await room.json(['run', ...argv, '--agent', 'claude'])
    const own = room.identityOf(`${id}/developer`)
    const before = room.daemonPid()
    const commands = [
      ['stop', id],
      ['stop', '--all'],
      ['accept', id],
      ['pr', id],
      ['approve', `${id}/developer`],
      ['deny', `${id}/developer`],
      ['resume', id],
      ['clean', '--all', '--yes'],
      ['daemon', 'stop'],
      ['credits', 'clear', '--all', '--yes'],
      ['run', ...argv, '--agent', 'sim'],
      ['logs', id],
      ['list'],
    ]
    for (const command of commands) {
      const { code, stderr } = await room.tmo(command, { env: own })
      expect([code, stderr], command.join(' ')).toEqual([1, expect.stringMatching(/agents may not ask for/)])
      expect(stderr).toContain('tmo report blocked')
    }
    const guessed = await room.tmo(['stop', id], { env: { ...own, TMO_TOKEN: 'guessed' } })
    expect([guessed.code, guessed.stderr]).toEqual([1, expect.stringContaining('secret')])
    expect(room.daemonPid()).toBe(before)
    expect((await room.json(['status', id])).state).toBe('running')
    const status = await room.tmo(['status', id], { env: own })
    expect([status.code, status.stdout]).toEqual([0, expect.stringContaining('developer')])
  })
})
