import { execFile, execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const program = new URL('./fixtures/program.mjs', import.meta.url).pathname
const scripts = new Map<string, string>()
let directory = ''

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tmo-completion-'))
  await mkdir(join(directory, 'a folder'))
  await writeFile(join(directory, 'a file'), '')
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = execFileSync(process.execPath, [program, 'completion', shell], { encoding: 'utf8' })
    scripts.set(shell, script)
    await writeFile(join(directory, `demo.${shell}`), script)
  }
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const isInstalled = (shell: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${shell}`])
    return true
  } catch {
    return false
  }
}

/** What real bash offers when Tab is pressed at the end of these words. */
async function completeInBash(...words: readonly string[]): Promise<readonly string[]> {
  const ask = `. ./demo.bash
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _demo
    [ \${#COMPREPLY[@]} -eq 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await run('bash', ['--norc', '-c', ask, 'bash', 'demo', ...words], { cwd: directory })
  return stdout.split('\n').filter((line) => line !== '')
}

describe('bash', () => {
  it.each([
    [[''], ['wait', 'flood', 'task', 'completion']],
    [['t'], ['task']],
    [
      ['task', ''],
      ['add', 'drop'],
    ],
    [['--json', 'task', 'd'], ['drop']],
    [
      ['task', 'add', ''],
      ['fix', 'feature'],
    ],
    [['task', 'add', 'fe'], ['feature']],
    [
      ['task', 'add', '--color', ''],
      ['always', 'never'],
    ],
    [['task', 'add', '--pro'], ['--project']],
    [['task', 'add', '--project', ''], ['a folder']],
    [['task', 'add', '-p', 'a'], ['a folder']],
    [['task', 'add', '--limit', ''], []],
    [['completion', 'z'], ['zsh']],
    [['wait', '--st'], ['--stubborn']],
    [['task', '--', ''], []],
  ])('after %j offers %j', async (words, offered) => {
    expect(await completeInBash(...words)).toEqual(offered)
  })

  it('offers every flag that holds everywhere', async () => {
    expect(await completeInBash('wait', '-')).toEqual([
      ...['--stubborn', '--json', '--no-color', '--no-input', '--debug', '--help', '-h', '--version', '-V'],
    ])
  })

  it('binds the program', async () => {
    const { stdout } = await run('bash', ['--norc', '-c', '. ./demo.bash; complete -p demo'], {
      cwd: directory,
    })
    expect(stdout).toContain('complete -F _demo demo')
  })
})

describe.runIf(isInstalled('zsh'))('zsh', () => {
  it('reads its script', async () => {
    await run('zsh', ['-f', '-n', 'demo.zsh'], { cwd: directory })
  })
})

describe.runIf(isInstalled('fish'))('fish', () => {
  it('offers commands, choices and flags', async () => {
    const ask = async (line: string): Promise<readonly string[]> =>
      (
        await run('fish', ['--no-config', '-c', 'source demo.fish; complete -C $argv', line], {
          cwd: directory,
        })
      ).stdout
        .split('\n')
        .map((text) => text.split('\t')[0] ?? '')
    expect(await ask('demo task ')).toEqual(expect.arrayContaining(['add', 'drop']))
    expect(await ask('demo task add ')).toEqual(expect.arrayContaining(['fix', 'feature']))
    expect(await ask('demo task add --color ')).toEqual(expect.arrayContaining(['always', 'never']))
  })
})

describe('zsh and fish', () => {
  it('name every command, flag and choice, with quotes and brackets that the shell will not misread', () => {
    const zsh = scripts.get('zsh') ?? ''
    expect(zsh).toMatch(/^#compdef demo\n/)
    for (const part of [
      `'add:Add a task.'`,
      `--project=[where it'\\''s done\\: \\[here\\]]:dir:_files -/`,
      '(fix feature)',
      '(always never)',
    ])
      expect(zsh).toContain(part)
    const fish = scripts.get('fish') ?? ''
    for (const part of [
      `-l project -s p -xa '(__fish_complete_directories)' -d 'where it\\'s done: [here]'`,
      `-a 'add'`,
      `-xa 'always never'`,
    ])
      expect(fish).toContain(part)
  })
})
