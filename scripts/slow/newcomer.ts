import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { findNodeHeaders } from '../machine.mjs'
import { attempt, type Ran, run } from './run.ts'

/** What a system has beside Node; no compiler, no make, no python. */
const systemPrograms = [
  'sh',
  'bash',
  'env',
  'git',
  'tmux',
  'cat',
  'ls',
  'mkdir',
  'rm',
  'cp',
  'sed',
  'grep',
  'uname',
  'ps',
  'setpriv',
  'tar',
  'gzip',
]

export interface NewcomerOptions {
  readonly registry: string
  readonly cache: string
  /** Whether a C++ compiler, make and python are there. @defaultValue true */
  readonly hasCompiler?: boolean
}

/** Somebody with node, npm and the system on the PATH, an empty home, and nothing else. */
export class Newcomer implements AsyncDisposable {
  readonly folder: string
  readonly home: string
  readonly prefix: string
  readonly env: NodeJS.ProcessEnv

  constructor(folder: string, { registry, cache, hasCompiler = true }: NewcomerOptions) {
    this.folder = folder
    this.home = join(folder, 'home')
    this.prefix = join(folder, 'prefix')
    mkdirSync(this.home, { recursive: true })
    mkdirSync(join(this.prefix, 'lib'), { recursive: true })
    const headers = findNodeHeaders()
    const system = hasCompiler ? ['/usr/bin', '/bin'] : [linkPrograms(join(folder, 'system'), systemPrograms)]
    this.env = {
      PATH: [
        join(this.prefix, 'bin'),
        linkPrograms(join(folder, 'node'), ['node', 'npm', 'npx']),
        ...system,
      ].join(delimiter),
      HOME: this.home,
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      TMPDIR: folder,
      // The leak check of a run looks where the run keeps its sockets.
      ...(process.env['TMUX_TMPDIR'] ? { TMUX_TMPDIR: process.env['TMUX_TMPDIR'] } : {}),
      npm_config_registry: registry,
      npm_config_cache: cache,
      npm_config_prefix: this.prefix,
      npm_config_update_notifier: 'false',
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      ...(headers === undefined || !hasCompiler ? {} : { npm_config_nodedir: headers }),
      // Where a prebuilt one could be had, none is.
      ...(hasCompiler ? {} : { npm_config_build_from_source: 'true' }),
    }
  }

  /** Where tmo keeps everything when nobody says otherwise. */
  get state(): string {
    return join(this.home, '.local/state/tmux-orchestrator')
  }

  async attempt(program: string, ...argv: readonly string[]): Promise<Ran> {
    return await attempt(findProgram(program, this.env), argv, { cwd: this.home, env: this.env })
  }

  /** A line as it was printed, in a shell. */
  async type(line: string): Promise<Ran> {
    return await this.attempt('sh', '-c', line)
  }

  async npm(...argv: readonly string[]): Promise<string> {
    return await run(findProgram('npm', this.env), argv, { cwd: this.home, env: this.env })
  }

  async tmo(...argv: readonly string[]): Promise<Ran> {
    return await this.attempt(join(this.prefix, 'bin/tmo'), ...argv)
  }

  /** Processes that know this home. */
  processes(): readonly string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .filter((name) => read(`/proc/${name}/environ`).split('\0').includes(`HOME=${this.home}`))
      .map((name) => `${name} ${read(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim()}`)
      .filter((line) => /^\d+ ./.test(line))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (existsSync(join(this.prefix, 'bin/tmo')) && existsSync(join(this.state, 'tmo.db')))
        await this.tmo('uninstall', '--yes')
      const left = this.processes()
      for (const line of left) process.kill(Number(line.split(' ')[0]), 'SIGKILL')
      if (left.length > 0) throw new Error(`left behind:\n${left.join('\n')}`)
    } finally {
      rmSync(this.folder, { recursive: true, force: true })
    }
  }
}

/** A folder with these programs of this machine, as far as it has them, and no others. */
function linkPrograms(folder: string, names: readonly string[]): string {
  mkdirSync(folder, { recursive: true })
  for (const name of names) {
    const found = lookUp(name, process.env)
    if (found !== undefined) symlinkSync(realpathSync(found), join(folder, name))
  }
  return folder
}

function lookUp(name: string, env: NodeJS.ProcessEnv): string | undefined {
  if (name.includes('/')) return name
  return (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file))
}

/** `execFile` looks programs up on our own PATH. */
function findProgram(name: string, env: NodeJS.ProcessEnv): string {
  const found = lookUp(name, env)
  if (found === undefined) throw new Error(`${name} is not on ${env['PATH']}`)
  return found
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return ''
    throw error
  }
}
