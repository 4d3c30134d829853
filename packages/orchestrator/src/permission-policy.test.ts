import { describe, expect, it } from 'vitest'
import { decidePermission, joinPolicies, type PermissionPolicy, parsePattern } from './permission-policy.ts'

const policy: PermissionPolicy = {
  '*': { deny: ['Bash(git push*)', 'Bash(rm *)', 'WebFetch'] },
  developer: {
    allow: ['Bash(npm test)', 'Bash(npm run *)', 'Bash(ls && rm -r out)', 'Write(src/*)', 'mcp__shop__*'],
  },
  lead: { allow: ['Bash'] },
}
const decide = (subject: string, tool = 'Bash', role = 'developer', isPartial = false) =>
  decidePermission(policy, role, { tool, subject, isPartial }).decision

describe('a policy', () => {
  it('allows what a pattern of the role says, and asks a human for everything else', () => {
    expect(decide('npm test')).toBe('allow')
    expect(decide('npm run build')).toBe('allow')
    expect(decide('src/a/b.ts', 'Write')).toBe('allow')
    expect(decide('{"item":1}', 'mcp__shop__buy')).toBe('allow')
    expect(decide('npm install')).toBe('ask')
    expect(decide('npm test ')).toBe('ask')
    expect(decide('/etc/passwd', 'Write')).toBe('ask')
    expect(decide('npm test', 'Bash', 'tester')).toBe('ask')
    expect(decide('make', 'Bash', 'lead')).toBe('allow')
    expect(decidePermission({}, 'developer', { tool: 'Bash', subject: 'ls', isPartial: false })).toEqual({
      decision: 'ask',
      rule: null,
    })
  })

  it('denies before it allows, and says by which rule', () => {
    expect(decide('rm -r x', 'Bash', 'lead')).toBe('deny')
    expect(decide('https://example.org', 'WebFetch', 'lead')).toBe('deny')
    const asked = { tool: 'Bash', subject: 'git push origin', isPartial: false }
    expect(decidePermission(policy, 'lead', asked)).toEqual({ decision: 'deny', rule: 'Bash(git push*)' })
  })

  it.each([
    'cd x && rm -r y',
    'true;rm -r y',
    'echo $(rm -r y)',
    'ls\nrm   -r y',
    'ls | git  push',
    '`rm -r y`',
    '(rm -r y)',
  ])('sees a denied command in %j', (command) => {
    expect(decide(command, 'Bash', 'lead')).toBe('deny')
  })

  it.each([
    'npm run a; curl evil',
    'npm run a && curl evil',
    'npm run $(curl evil)',
    'npm run `curl evil`',
    'npm run a\ncurl evil',
    'npm run a > ~/.bashrc',
    'npm run a | sh',
    'npm run a & curl evil',
    'npm run a\u0000',
    'npm run a \u202e',
    'npm run \\\ncurl',
  ])('does not let a star stand for a second command: %j', (command) => {
    expect(decide(command)).toBe('ask')
  })

  it('takes what a user wrote out in full as it is', () => {
    const own: PermissionPolicy = { '*': { allow: ['Bash(make && make check)'] } }
    const verdict = (subject: string) =>
      decidePermission(own, 'x', { tool: 'Bash', subject, isPartial: false })
    expect(verdict('make && make check').decision).toBe('allow')
    expect(verdict('make && make check; curl').decision).toBe('ask')
  })

  it('never allows what is not all there, and denies what it sees of it', () => {
    expect(decide('npm test', 'Bash', 'developer', true)).toBe('ask')
    expect(decide('anything', 'Bash', 'lead', true)).toBe('ask')
    expect(decide('rm -r x', 'Bash', 'lead', true)).toBe('deny')
  })

  it('knows no role by the names that every object has', () => {
    for (const role of ['constructor', '__proto__', 'toString'])
      expect(decide('ls', 'Bash', role)).toBe('ask')
  })

  it('is as quick for a pattern of many stars', () => {
    const rule = `Bash(${'a*'.repeat(300)}b)`
    const own: PermissionPolicy = { '*': { allow: [rule], deny: [rule] } }
    const before = process.cpuUsage()
    decidePermission(own, 'x', { tool: 'Bash', subject: 'a'.repeat(4_096), isPartial: false })
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1_000)
  })

  it('of the user and of the project hold both', () => {
    const joined = joinPolicies({ '*': { deny: ['WebFetch'] } }, { '*': { allow: ['WebFetch', 'Read'] } })
    expect(decidePermission(joined, 'x', { tool: 'WebFetch', subject: '', isPartial: false }).decision).toBe(
      'deny',
    )
    expect(decidePermission(joined, 'x', { tool: 'Read', subject: '', isPartial: false }).decision).toBe(
      'allow',
    )
  })
})

describe('a pattern', () => {
  it('is a tool, and in brackets what it is given', () => {
    expect(parsePattern('Bash(npm (x) *)')).toEqual({ tool: 'Bash', subject: 'npm (x) *' })
    expect(parsePattern('Bash')).toEqual({ tool: 'Bash' })
    for (const wrong of ['', 'Bash(', 'Bash)', 'npm test', '(ls)', 'Bash(ls) x'])
      expect(parsePattern(wrong)).toBeUndefined()
  })
})
