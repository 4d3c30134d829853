import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixtureScreen } from '../test/fixture-screens.ts'
import { builtInRules, loadScreenRules } from './load-screen-rules.ts'
import { adapterFor } from './programs.ts'
import { readScreen } from './read-screen.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const version = '2027-01-01'
const rule = { id: 'new-banner', where: 'below', match: '^⛔ out of tokens', says: 'limited' }

function changes(text: unknown): string {
  const path = join(folder, 'claude.json')
  writeFileSync(path, typeof text === 'string' ? text : JSON.stringify(text))
  return path
}

describe('changed rules', () => {
  const screen = `hi\n${'─'.repeat(40)}\n❯ \n${'─'.repeat(40)}\n  ⛔ out of tokens, resets 5pm`

  it('add to those that are built in', () => {
    expect(readScreen(screen, builtInRules('claude'))).toEqual({ kind: 'prompt', box: '', working: false })
    const rules = loadScreenRules('claude', changes({ version, rules: [rule] }))
    expect(readScreen(screen, rules)).toMatchObject({ notice: { kind: 'limited' } })
    expect(readScreen(fixtureScreen('claude', 'permission-bash'), rules).kind).toBe('dialog')
  })

  it('reach the adapter from a file and as an object', () => {
    for (const screenRules of [changes({ version, rules: [rule] }), { version, rules: [rule] }]) {
      const adapter = adapterFor('claude', { screenRules, env: {} })
      expect(adapter.readScreen(screen)).toMatchObject({ notice: { kind: 'limited' } })
    }
  })

  it('take the place of the rule with the same id, or remove it', () => {
    const screenOf = fixtureScreen('claude', 'working')
    const replaced = { id: 'interruptible', where: 'below', match: 'never seen', says: 'working' }
    expect(readScreen(screenOf, loadScreenRules('claude', { version, rules: [replaced] }))).toMatchObject({
      working: false,
    })
    expect(
      readScreen(screenOf, loadScreenRules('claude', { version, remove: ['interruptible'] })),
    ).toMatchObject({
      working: false,
    })
  })

  it('may say that another version was tested, or that the box looks different', () => {
    const rules = loadScreenRules('claude', {
      version,
      tested: { from: '2.1.0', below: '4' },
      box: { above: '^=+$', below: '^=+$', first: '^> ?', more: '^' },
    })
    expect(rules.tested.below).toBe('4')
    expect(readScreen('=====\n> draft\n=====', rules)).toEqual({
      kind: 'prompt',
      box: 'draft',
      working: false,
    })
  })
})

describe('rules that cannot be used', () => {
  it.each([
    ['no JSON', '{"version":', /claude\.json.*JSON/s, undefined],
    ['another program', { version, program: 'codex' }, /program/, 'claude'],
    ['no version', {}, /version/, 'a text'],
    ['an unknown key', { version, colour: 1 }, /colour/, 'program, version'],
    [
      'an unknown place',
      { version, rules: [{ ...rule, where: 'left' }] },
      /new-banner\.where.*left/,
      'below, turn, tail',
    ],
    ['an unknown verdict', { version, rules: [{ ...rule, says: 'approve' }] }, /new-banner\.says/, 'working'],
    [
      'a broken expression',
      { version, rules: [{ ...rule, match: '(' }] },
      /new-banner\.match/,
      'regular expression',
    ],
    ['a long expression', { version, rules: [{ ...rule, match: 'x'.repeat(501) }] }, /501/, 'at most 500'],
    [
      'an error of a rule that says none',
      { version, rules: [{ ...rule, error: 'server' }] },
      /error/,
      'says error',
    ],
    ['an unknown error', { version, rules: [{ ...rule, says: 'error', error: 'bad' }] }, /bad/, 'overloaded'],
    ['a rule twice', { version, rules: [rule, rule] }, /twice/, 'one rule'],
    ['a rule to remove that is not there', { version, remove: ['x'] }, /no rule x/, 'interruptible'],
    [
      'a bad version of the program',
      { version, tested: { from: 'new', below: '3' } },
      /tested\.from/,
      '2.1.330',
    ],
    ['a list', [], /no object/, 'an object'],
  ])('are refused with file, rule and what is allowed: %s', (_, source, message, allowed) => {
    const path = changes(source)
    try {
      loadScreenRules('claude', path)
    } catch (error) {
      expect(error).toMatchObject({ code: 'BAD_RULES', message: expect.stringMatching(message) })
      expect(error).toMatchObject({ details: { file: path } })
      if (allowed !== undefined) expect(error).toMatchObject({ hint: expect.stringContaining(allowed) })
      return
    }
    throw new Error('they were taken')
  })

  it('are refused when the file is not there', () => {
    expect(() => loadScreenRules('claude', join(folder, 'none.json'))).toThrow(/none\.json/)
  })
})

describe('the built-in rules', () => {
  it.each(['claude', 'codex', 'command', 'gemini', 'opencode', 'sim'] as const)(
    'of %s can be read',
    (program) => {
      expect(builtInRules(program)).toMatchObject({
        program,
        version: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      })
    },
  )
})
