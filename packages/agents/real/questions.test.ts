import { describe, expect, it } from 'vitest'
import type { PermissionAsk } from '../src/index.ts'
import { messageOf, waitFor } from './agent.ts'
import { ofTheDay, programs } from './programs.ts'
import { openRoom } from './room.ts'

const options = ['This', 'That'].map((label) => ({ label, description: label }))
const question = { question: 'Which one?', header: 'Pick', options }
const whole = { subject: 'Which one?', choices: ['This', 'That'] }
/** What each program calls its tool, and wants told besides, and what it tells of it; Codex has it in its plan mode only. */
const tools: Readonly<Record<string, readonly [tool: string, more: object, told: object]>> = {
  claude: ['AskUserQuestion', {}, whole],
  opencode: ['question', {}, whole],
  // what it asks stands in its window alone
  gemini: ['ask_user', { type: 'choice' }, { subject: 'Ask User' }],
}
const asking = programs.flatMap((program) => {
  const [tool, more, told] = tools[program.name] ?? []
  if (tool === undefined) return []
  const input = JSON.stringify({ questions: [{ ...question, ...more }] })
  return [{ ...program, program, told, script: `<<tool ${tool} ${input}>> <<text well>>` }]
})

describe.each(ofTheDay(asking, 2))(
  'a question that $name $version asks its human',
  ({ program, script, told }) => {
    it.skipIf(!program.isHere)(
      'is told, with its text and what may be chosen where it tells them',
      async () => {
        await using room = await openRoom(program)
        const { agent } = await room.begin('Wait.', { permissionMode: program.askingMode })
        await agent.until(['idle'])
        await room.adapter.keepPermissions?.(agent.handle)
        await agent.submit(messageOf(script))
        let ask: PermissionAsk | undefined
        await waitFor(
          () => 'its question',
          async () => {
            ;[ask] = await agent.permissions()
            return ask !== undefined
          },
          { describe: () => agent.screen() },
        )
        expect(ask).toMatchObject({ isQuestion: true, ...told })
        await room.adapter.answer?.(agent.handle, ask?.id ?? '', { decision: 'pass' })
        await agent.until(['waiting-input', 'blocked-permission'])
      },
    )
  },
)
