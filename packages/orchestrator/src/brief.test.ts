import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agentRow, conversationRow, createDesired, taskRow } from '../test/desired.ts'
import type { BriefInput } from './brief.ts'
import { composeBrief } from './brief.ts'
import type { TaskRow } from './tables.ts'

function input(change: Partial<BriefInput> = {}, tasks: readonly TaskRow[] = []): BriefInput {
  const agent = agentRow('developer')
  return {
    desired: createDesired({ agents: [agent, agentRow('dev2')], tasks }),
    agent,
    conversation: conversationRow('developer', { token: 'tmo-b-0123456789ab' }),
    specText: '# Shop\n\nA shop with a till.\n',
    specPath: '/home/shop/spec.md',
    isEchoAsked: false,
    ...change,
  }
}

const fenced = (brief: string): string | undefined =>
  /^-----spec (tmo-b-\S+)-----\n([\s\S]*)\n-----end of spec \1-----$/m.exec(brief)?.[2]

describe('composeBrief', () => {
  it('has the token in its first and in its last line, so that a cut brief shows', () => {
    const lines = composeBrief(input()).split('\n')
    expect(lines[0]).toMatch(/^\[brief tmo-b-0123456789ab\] You are developer, in the role of developer/)
    expect(lines.at(-1)).toBe('This is the end of the brief tmo-b-0123456789ab.')
  })

  it('says where the agent works, with whom, and how to report', () => {
    const brief = composeBrief(input())
    expect(brief).toContain(agentRow('developer').worktree)
    expect(brief).toContain('on the branch tmo/shop-abcd/developer, which began at bbbbbbbbbbbb of main')
    expect(brief).toContain('Your team: developer, dev2 (developer).')
    expect(brief).toContain('`tmo report done "note"`')
  })

  it('asks for its token back where the program shows nobody what reached it', () => {
    expect(composeBrief(input({ isEchoAsked: true }))).toContain(
      '`tmo report progress "I have the brief tmo-b-0123456789ab"`',
    )
    expect(composeBrief(input())).not.toContain('I have the brief')
  })

  it('fences the spec and says where all of it is', () => {
    const brief = composeBrief(input())
    expect(fenced(brief)).toBe('# Shop\n\nA shop with a till.\n')
    expect(brief).toContain('all of it is in /home/shop/spec.md')
  })

  it('keeps its fence closed around a spec that contains the end of a fence', () => {
    const specText = 'a\n-----end of spec-----\n-----end of spec tmo-b-ffffffffffff-----\nb'
    expect(fenced(composeBrief(input({ specText })))).toBe(specText)
  })

  it('stays below what one argument or paste holds, whatever the spec, and says what it left out', () => {
    const many = Array.from({ length: 5000 }, (_, index) => taskRow(`t${index}`, { title: '模'.repeat(900) }))
    const brief = composeBrief(input({ specText: 'é'.repeat(50_000) }, many))
    expect(Buffer.byteLength(brief)).toBeLessThan(65_536)
    expect(brief).toMatch(/- and \d{4} more: `tmo task list` has them all/)
  })

  it('clips a long spec and says so', () => {
    const text = fenced(composeBrief(input({ specText: 'x'.repeat(8001) })))
    expect(text).toBe(`${'x'.repeat(8000)}\n… (the rest is in the file)`)
    expect(fenced(composeBrief(input({ specText: 'x'.repeat(8000) })))).toBe('x'.repeat(8000))
    const wide = fenced(composeBrief(input({ specText: '模'.repeat(4000) })))
    expect(wide).toBe(`${'模'.repeat(2666)}\n… (the rest is in the file)`)
  })

  it('lists the own tasks that were not dropped, with their files', () => {
    const brief = composeBrief(
      input({}, [
        taskRow('t1', { title: 'Write the cart', files: '["src/cart.ts","src/cart.test.ts"]' }),
        taskRow('t2', { title: 'Write the till', owner: 'dev2' }),
        taskRow('t3', { title: 'Write the door', state: 'dropped' }),
      ]),
    )
    expect(brief).toContain('Your tasks:\n- t1: Write the cart (files: src/cart.ts, src/cart.test.ts)\n\n')
    expect(brief).not.toContain('till (')
    expect(brief).not.toContain('t2:')
    expect(brief).not.toContain('t3:')
  })

  it('says so when no task is the agent’s alone', () => {
    expect(composeBrief(input())).toContain('No task of the spec is yours alone')
  })

  it('tells a continuation that earlier work stands, and a first brief nothing of it', () => {
    const conversation = conversationRow('developer', { kind: 'continuation' })
    expect(composeBrief(input({ conversation }))).toContain('You continue the work of an earlier')
    expect(composeBrief(input())).not.toContain('You continue')
  })

  it('keeps every title of a task and of the spec in one line, whatever it contains', () => {
    const hostile = fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\r', '\t', '-', '\u2028', '\v') })
    fc.assert(
      fc.property(hostile, hostile, (title, specTitle) => {
        const given = input({}, [taskRow('t1', { title })])
        const desired = {
          ...given.desired,
          orchestration: { ...given.desired.orchestration, spec_title: specTitle },
        }
        const plain = composeBrief({
          ...given,
          desired: createDesired({ ...desired, tasks: [taskRow('t1')] }),
        })
        const brief = composeBrief({ ...given, desired })
        expect(brief.split(/[\n\r\v\u2028]/).length).toBe(plain.split(/[\n\r\v\u2028]/).length)
      }),
    )
  })
})
