import { openModelServer } from '@tmux-orchestrator/agent-sim/model'
import { describe, expect, it } from 'vitest'
import { type Room, waitFor } from '../e2e/room.ts'
import { claudes, openClaudeRoom } from './claude.ts'

const spec = '# Notes\n\n## Tasks\n\n- [ ] Write `notes/one.md`\n'
const options = ['This', 'That'].map((label) => ({ label, description: label }))
const question = { question: 'Which one?', header: 'Pick', multiSelect: false, options }

interface View {
  readonly questions: readonly { readonly question: string }[]
  readonly errors: readonly { readonly kind: string }[]
}

/** What was said of questions and errors, as `tmo logs` prints it. */
async function told(room: Room, id: string): Promise<string[]> {
  const { stdout } = await room.tmo(['logs', id])
  return stdout.split('\n').flatMap((line) => /\s((?:question|error):.*)/.exec(line)?.[1] ?? [])
}

describe.each(claudes)('a Claude Code $version that stands still', (program) => {
  it.runIf(program.isHere)(
    'says why: a question, until it is answered; a refused login, until a turn works',
    async () => {
      await using model = await openModelServer()
      await using room = await openClaudeRoom(program.bin, model.url)
      room.env['CLAUDE_CODE_MAX_RETRIES'] = '1'
      const project = await room.project({ 'spec.md': spec })
      const argv = ['--project', project, '--spec', `${project}/spec.md`, '--agent', 'claude', '--trust']
      const { id } = await room.json(['run', ...argv, '--roles', 'developer', '--verify', 'test -e never'])
      const say = async (text: string): Promise<unknown> => await room.json(['send', `${id}/developer`, text])
      const until = async (what: string, isIt: (view: View) => boolean): Promise<void> => {
        const look = async (): Promise<boolean> => isIt(await room.json<View>(['status', id]))
        await waitFor(what, look).catch(async (error: unknown) => {
          const said = (await room.tmo(['explain', `${id}/developer`])).stdout
          throw new Error(`${String(error)}\n${said}\n${(await told(room, id)).join('\n')}`)
        })
      }

      await say(`<<tool AskUserQuestion ${JSON.stringify({ questions: [question] })}>> <<text so be it>>`)
      await until('the question', ({ questions }) => questions.length === 1)
      expect((await room.tmo([])).stdout).toMatch(/asks since .*: Which one\? \(This · That\)\n/)
      await room.press(id, 'developer', 'Enter')
      await until('its end', ({ questions }) => questions.length === 0)

      await say('<<401>>')
      await until('the error', ({ errors }) => errors.length === 1)
      const bare = await room.tmo([])
      expect([bare.code, bare.stdout]).toEqual([3, expect.stringMatching(/its login or key is refused/)])
      await say('hello')
      await until('its end', ({ errors }) => errors.length === 0)
      expect((await room.tmo([])).code).toBe(0)
      expect(await told(room, id)).toEqual([
        'question:asked developer Which one? (This · That)',
        expect.stringMatching(/^question:gone developer after /),
        expect.stringMatching(/^error:seen developer its login or key is refused: /),
        expect.stringMatching(/^error:over developer after /),
      ])
    },
  )
})
