import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let bin = ''
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'tmo-path-'))
  for (const name of ['git', 'sh', 'cat', 'chmod']) symlinkSync(which(name), join(bin, name))
})
afterEach(() => rmSync(bin, { recursive: true, force: true }))

const which = (name: string): string =>
  spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim()

function put(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!${join(bin, 'sh')}\n${script}\n`)
  chmodSync(join(bin, name), 0o755)
}

/** The set-up's look for what it needs, on a machine that has nothing but what lies in `bin`. */
function provide(what = 'provideTools'): { code: number | null; said: string } {
  const code = `import { ${what} } from './machine.mjs'; import { runScript } from './say.mjs'
    await runScript(async () => { await ${what}(); return 0 })`
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: new URL('.', import.meta.url).pathname,
    env: { PATH: bin },
    encoding: 'utf8',
  })
  return { code: status, said: stderr }
}

const isRoot = process.getuid?.() === 0
const fakeInstaller = (version: string): string =>
  `case "$*" in *install*) printf '#!%s\\necho tmux ${version}\\n' "${'$'}{0%/*}/sh" > "${'$'}{0%/*}/tmux"; chmod 755 "${'$'}{0%/*}/tmux";; esac`

describe('a machine without tmux', () => {
  it('and without an installer gets one line that says what to install', () => {
    const { code, said } = provide()
    expect(code).toBe(1)
    expect(said).toContain("tmo: install tmux with the system's package manager")
    expect(said).not.toContain('    at ')
  })

  it.runIf(isRoot)('gets it installed where that needs no question', () => {
    put('apt-get', fakeInstaller('3.4'))
    const { code, said } = provide()
    expect(said).toContain('installing (apt-get install -y --no-install-recommends tmux)')
    expect(code).toBe(0)
  })

  it.runIf(isRoot)('is told when what the system offers is too old', () => {
    put('apt-get', fakeInstaller('2.9a'))
    const { code, said } = provide()
    expect(code).toBe(1)
    expect(said).toContain('tmux 3.2 or newer is needed')
  })

  it.runIf(isRoot)('is told the command when the installation fails', () => {
    put('apt-get', 'echo no route to host >&2; exit 100')
    const { code, said } = provide()
    expect(code).toBe(1)
    expect(said).toContain('no route to host')
    expect(said).toContain('tmo: run: apt-get install -y --no-install-recommends tmux')
  })
})

it('a recent tmux is left alone', () => {
  put('tmux', 'echo tmux 3.2')
  expect(provide()).toEqual({ code: 0, said: '' })
})

describe('a machine without a compiler for the SQLite add-on', () => {
  it('and without an installer gets one line that says what to install', () => {
    const { code, said } = provide('provideCompiler')
    expect(code).toBe(1)
    expect(said).toContain('a C++ compiler for the SQLite add-on is missing')
    expect(said).toContain("tmo: install python3, make, g++ with the system's package manager")
    expect(said).not.toContain('    at ')
  })

  it.runIf(isRoot)('gets it installed where that needs no question', () => {
    put('apt-get', 'echo "$@" >&2')
    const { code, said } = provide('provideCompiler')
    expect(said).toContain('installing (apt-get install -y --no-install-recommends python3 make g++)')
    expect(code).toBe(0)
  })

  it.runIf(isRoot)('is told the command when the installation fails', () => {
    put('apt-get', 'echo no route to host >&2; exit 100')
    const { code, said } = provide('provideCompiler')
    expect(code).toBe(1)
    expect(said).toContain('tmo: run: apt-get install -y --no-install-recommends python3 make g++')
  })

  it('that has one is left alone', () => {
    for (const name of ['python3', 'make', 'g++']) put(name, 'exit 0')
    expect(provide('provideCompiler')).toEqual({ code: 0, said: '' })
  })
})
