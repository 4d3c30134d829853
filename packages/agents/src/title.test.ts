import { describe, expect, it } from 'vitest'
import { titleState } from './title.ts'

describe('titleState', () => {
  it.each([
    ['✳ Claude Code', 'idle'],
    ['◐ Claude Code', 'working'],
    ['◇  Ready (dir)          ', 'idle'],
    ['✦  Working… (dir)', 'working'],
    ['✋  Action Required (dir)', 'blocked-permission'],
    ['⠹ w6', 'working'],
    ['[ . ] Action Required | w6', 'blocked-permission'],
    ['Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA', undefined],
    ['vm', undefined],
    ['', undefined],
  ])('of %j is %s', (title, state) => {
    expect(titleState(title)).toBe(state)
  })
})
