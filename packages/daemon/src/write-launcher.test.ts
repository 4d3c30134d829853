import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { formatLauncher, quote } from './write-launcher.ts'

let folder: string
let verbPath: string
let cliPath: string
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'tmo-bin-')), `it's $(touch x) "ü"\n; rm`)
  mkdirSync(folder)
  verbPath = script('v.js', '')
  cliPath = script('cli.js', '')
})
afterEach(() => {
  rmSync(join(folder, '..'), { recursive: true, force: true })
})

function script(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  chmodSync(file, 0o755)
  return file
}

const shown = '#!/bin/sh\nfor word in "$@"; do printf "<%s>" "$word"; done; printf "%s" "$TMO_HOME"\n'

function launch(words: readonly string[], env: Record<string, string>, cliPath?: string): string {
  const node = script('node', shown)
  const home = join(folder, 'home')
  const tmo = script('tmo', formatLauncher({ home, node, verbPath, cliPath }))
  return execFileSync(tmo, [...words], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] })
}

const identity = { TMO_AGENT: 'a/b', TMO_TOKEN: 't' }

it('hands an agent’s verb on word for word, from whatever folder', () => {
  const words = ['report', 'done', `a'b "c" $(d) \\`, '']
  expect(launch(words, identity, cliPath)).toBe(
    `<${verbPath}>${words.map((word) => `<${word}>`).join('')}${folder}/home`,
  )
})

it('hands everything else to the program of people', () => {
  expect(launch(['status', 'x'], { ...identity, TMO_HOME: '/mine' }, cliPath)).toBe(
    `<${cliPath}><status><x>/mine`,
  )
  expect(launch(['report'], { TMO_AGENT: 'a/b' }, cliPath)).toBe(`<${cliPath}><report>${folder}/home`)
  expect(launch([], {}, cliPath)).toBe(`<${cliPath}>${folder}/home`)
})

it('says what is there when the program of people is not', () => {
  expect(() => launch(['status'], {})).toThrow(/only the verbs of agents/)
})

it('says to agents and people that the package was removed, and what brings it back', () => {
  rmSync(verbPath)
  rmSync(cliPath)
  for (const words of [['report', 'done'], ['status']])
    expect(() => launch(words, identity, cliPath)).toThrow(
      /removed: [\s\S]* is gone\nhint: npm install -g tmux-orchestrator/,
    )
})

it('makes one word of anything', () => {
  const odd = `'; echo "x" $y \`z\` \\ \n *`
  expect(execFileSync('sh', ['-c', `printf %s ${quote(odd)}`], { encoding: 'utf8' })).toBe(odd)
})
