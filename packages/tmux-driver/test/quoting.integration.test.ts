import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CreatedSession, Tmux } from '../src/index.ts'
import { formatCommand } from '../src/quote.ts'
import { openWorkRoom, type WorkRoom } from './work-room.ts'

let room: WorkRoom
let tmux: Tmux
let work: CreatedSession
let directory: string

beforeAll(async () => {
  room = await openWorkRoom()
  ;({ tmux, work, directory } = room)
})

afterAll(() => room[Symbol.asyncDispose]())

const traps = [
  '',
  ' ',
  "'",
  '"',
  '\\',
  '$HOME',
  '~',
  ';',
  'a;',
  'a\\;',
  '{',
  '}',
  '{ kill-server }',
  '#',
  '#(touch x)',
  '#{pid}',
  '##',
  '#[x',
  '-x',
  '--',
  '\n',
  'a\nkill-server',
  '\r',
  '\t',
  '%if 1',
  '%end 1 2 1',
  '\u007f',
  'é日本',
  '👩‍💻',
  '\\n\\011',
]
const hostile = fc.oneof(
  fc.constantFrom(...traps),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...traps.join(''), '$', 'x') }),
  fc.array(fc.constantFrom(...traps)).map((parts) => parts.join('')),
)
const argument = hostile.map((text) => Buffer.from(text).toString().replaceAll('\0', ''))
/** What tmux prints as it is; other control characters it may show as escapes. */
const printable = argument.map((text) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, ''))

it('a user option holds any text and gives it back', async () => {
  await fc.assert(
    fc.asyncProperty(printable, async (text) => {
      await tmux.setOption(work.pane, '@text', text)
      expect(await tmux.getOption(work.pane, '@text')).toBe(text)
    }),
    { numRuns: 500 },
  )
})

it('a command inside a command holds any text and gives it back', async () => {
  await fc.assert(
    fc.asyncProperty(printable, async (text) => {
      await tmux.raw([
        'if-shell',
        '-F',
        '1',
        formatCommand(['set-option', '-w', '-t', work.window, '@inner', text]),
      ])
      expect(await tmux.getOption(work.window, '@inner')).toBe(text)
    }),
    { numRuns: 300 },
  )
})

it('a list row holds any text in a user option', async () => {
  await fc.assert(
    fc.asyncProperty(printable, async (text) => {
      await tmux.setOption(work.session, '@row', text)
      expect(await tmux.list({ fields: ['@row', 'pane', '@row'] })).toEqual([
        { '@row': text, pane: work.pane },
      ])
    }),
    { numRuns: 200 },
  )
})

it('a program gets its arguments and environment exactly, control characters included', async () => {
  const file = join(directory, 'argv')
  await fc.assert(
    fc.asyncProperty(fc.array(argument, { maxLength: 4 }), argument, async (args, value) => {
      const script = 'f=$1; shift; printf "%s\\0" "$VALUE" "$@" >"$f.part" && mv "$f.part" "$f"'
      await rm(file, { force: true })
      const { window } = await tmux.newWindow({
        session: work.session,
        env: { VALUE: value },
        command: ['sh', '-c', script, 'sh', file, ...args],
        remainOnExit: true,
      })
      await expect
        .poll(() => readFile(file, 'utf8'), { timeout: 10_000 })
        .toBe([value, ...args, ''].join('\0'))
      await tmux.killWindow(window)
    }),
    { numRuns: 40 },
  )
})

it('a lone program is run as it is named, not by a shell', async () => {
  const { pane } = await tmux.newWindow({
    session: work.session,
    command: [`touch ${join(directory, 'ran')}; true`],
    remainOnExit: true,
  })
  await expect
    .poll(async () => (await tmux.list({ fields: ['pane', 'dead'] })).find((p) => p.pane === pane)?.dead)
    .toBe(true)
  expect(await readdir(directory)).not.toContain('ran')
  await tmux.killPane(pane)
})

it.each([
  'with space',
  '#(touch injected)',
  '#{pid}#[fg=red]##',
  '%Y-%H $HOME ~',
  'é日本👩‍💻',
  '"quote\'',
  'two\nlines',
  '##[x]',
  '#,#}',
])('a window starts in the directory %j', async (name) => {
  const cwd = join(directory, name)
  const file = join(directory, 'cwd')
  await mkdir(cwd)
  await rm(file, { force: true })
  const script = 'pwd >"$1.part" && mv "$1.part" "$1"'
  await tmux.newWindow({ session: work.session, cwd, command: ['sh', '-c', script, 'sh', file] })
  await expect.poll(() => readFile(file, 'utf8').catch(() => '')).toBe(`${cwd}\n`)
  expect(await readdir(cwd)).toEqual([])
})
