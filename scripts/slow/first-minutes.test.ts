import { mkdirSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Terminal } from '../../apps/tmo/e2e/terminal.ts'
import { placeAddon } from './consumer.ts'
import { Newcomer } from './newcomer.ts'
import { openShop, type Shop } from './shop.ts'
import { isSlice } from './slice.ts'

const minutesMax = 5

let folder: string
let shop: Shop
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-newcomer-'))
  shop = await openShop()
})
afterAll(async () => {
  await shop[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** A shell on a terminal, which says how many lines were typed and how the last one ended. */
class Shell implements Disposable {
  readonly #terminal: Terminal
  #lines = 0

  constructor(newcomer: Newcomer) {
    newcomer.env['PS1'] = '\\#:$? > '
    this.#terminal = new Terminal(newcomer, 'bash', '--noprofile', '--norc')
  }

  get screen(): string {
    return this.#terminal.screen().trimEnd()
  }

  press(text: string): void {
    this.#terminal.press('-l', '--', text)
    this.#terminal.press('Enter')
  }

  /** Types a line, which has to end with 0, and answers what is on the screen then. */
  async type(line: string): Promise<string> {
    await this.#prompt(line)
    this.press(line)
    this.#lines += 1
    const code = await this.#prompt(line)
    expect(code, this.screen).toBe(0)
    return this.screen
  }

  async see(words: string): Promise<void> {
    await expect.poll(() => this.screen, { timeout: 120_000, interval: 100 }).toContain(words)
  }

  /** How the last line ended, once the next may be typed. */
  async #prompt(line: string): Promise<number> {
    const prompt = new RegExp(`^${this.#lines + 1}:(\\d+) >$`, 'm')
    await expect.poll(() => this.screen, { message: line, timeout: 900_000, interval: 100 }).toMatch(prompt)
    return Number(prompt.exec(this.screen)?.[1])
  }

  /** The question that a command asks, answered while it runs. */
  async typeAndAnswer(line: string, question: string, answer: string): Promise<string> {
    await this.#prompt(line)
    this.press(line)
    await this.see(question)
    this.press(answer)
    this.#lines += 1
    const code = await this.#prompt(line)
    expect(code, this.screen).toBe(0)
    return this.screen
  }

  [Symbol.dispose](): void {
    this.#terminal[Symbol.dispose]()
  }
}

it('a newcomer has a merged commit within five minutes, and answers one question', async () => {
  mkdirSync(join(folder, 'newcomer'))
  await using newcomer = new Newcomer(join(folder, 'newcomer'), {
    registry: shop.url,
    // Somebody who never installed it has nothing in npm's cache.
    cache: isSlice ? shop.cache : join(folder, 'npm-cache'),
  })
  using shell = new Shell(newcomer)
  const begin = performance.now()
  if (isSlice) {
    // Without the minute that the add-on compiles.
    await shell.type('npm install -g --ignore-scripts tmux-orchestrator')
    placeAddon(join(newcomer.prefix, 'lib/node_modules/tmux-orchestrator/node_modules'))
  } else await shell.type('npm install -g tmux-orchestrator')
  const installed = performance.now()
  expect(await shell.type('tmo doctor')).toContain('git config --global user.name NAME')
  await shell.type('git config --global user.name Ada; git config --global user.email ada@example.org')
  await shell.type('mkdir ~/greeting; cd ~/greeting; git init --quiet --initial-branch=main')
  await shell.type(`printf '%s\\n' '# Greeting' '' '- [ ] Write a greeting in \`greeting.txt\`' > spec.md`)
  await shell.type(`echo '{ "scripts": { "test": "test -s greeting.txt" } }' > package.json`)
  await shell.type('git add --all && git commit --quiet -m "First commit"')
  expect(await shell.type('tmo init')).toContain('npm test')
  const screen = await shell.typeAndAnswer('tmo run --agent sim --wait', 'Agree, until it changes?', 'y')
  expect(screen).toMatch(/^state +completed$/m)
  const [, branch = ''] = /merged and verified work is on (\S+)/.exec(screen) ?? []
  await shell.type(`git merge ${branch} && clear && git log --oneline --stat -1 -- greeting.txt`)
  const end = performance.now()
  expect(shell.screen).toContain('greeting.txt')
  // Compiling takes as much longer as others take of the machine.
  const crowd = Math.min(3, Math.max(1, (loadavg()[1] ?? 0) / availableParallelism()))
  const seconds = (from: number, to: number): number => Math.round((to - from) / 1000)
  console.log(
    `from nothing to a merged commit: ${seconds(begin, end)} s, ${seconds(begin, installed)} s of them npm install, at a load of ${crowd.toFixed(1)} to each processor`,
  )
  expect(end - begin).toBeLessThan(minutesMax * 60_000 * crowd)
})
