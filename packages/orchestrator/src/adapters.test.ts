import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Adapters } from './adapters.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tmo-'))
})
afterEach(() => rmSync(home, { recursive: true }))

const rule = '─'.repeat(40)
const screen = `${rule}\n❯ \n${rule}\n  new footer: busy`

function busyRules(program: string, where: 'below' | 'tail'): void {
  mkdirSync(join(home, 'screen-rules'), { recursive: true })
  const rules = [
    { id: 'busy', where, match: 'new footer: busy', says: where === 'below' ? 'working' : 'question' },
  ]
  writeFileSync(
    join(home, 'screen-rules', `${program}.json`),
    JSON.stringify({ version: '2027-01-01', rules }),
  )
}

describe('a user’s own rules for screens', () => {
  it('change what the screen of a program means', () => {
    const adapters = (): Adapters => new Adapters({ home, env: {} }, () => undefined)
    expect(adapters().get('claude').readScreen(screen)).toMatchObject({ kind: 'prompt', working: false })
    busyRules('claude', 'below')
    expect(adapters().get('claude').readScreen(screen)).toMatchObject({ kind: 'prompt', working: true })
    busyRules('command', 'tail')
    expect(adapters().get('aider --yes').readScreen(screen)).toMatchObject({ kind: 'dialog' })
  })

  it('are refused with their file when they cannot be read', () => {
    mkdirSync(join(home, 'screen-rules'))
    writeFileSync(join(home, 'screen-rules', 'codex.json'), '{')
    const get = (): unknown => new Adapters({ home, env: {} }, () => undefined).get('codex')
    expect(get).toThrow(/screen-rules\/codex\.json/)
  })
})
