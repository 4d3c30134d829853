import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { findNodeHeaders } from '../machine.mjs'
import { root } from '../say.mjs'
import { run } from './run.ts'

const resolutions = {
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
}

/** A folder of somebody who has node, npm and the system, an empty home, and a registry. */
export class Consumer {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv

  constructor(folder: string, options: { readonly registry: string; readonly cache: string }) {
    this.folder = folder
    mkdirSync(join(folder, 'home'), { recursive: true })
    const headers = findNodeHeaders()
    this.env = {
      PATH: withoutOurs(process.env['PATH'] ?? ''),
      HOME: join(folder, 'home'),
      LANG: 'C.UTF-8',
      TMPDIR: folder,
      TMUX_TMPDIR: folder,
      TMO_HOME: join(folder, 'tmo'),
      GIT_CONFIG_GLOBAL: '/dev/null',
      npm_config_registry: options.registry,
      npm_config_cache: options.cache,
      npm_config_update_notifier: 'false',
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      ...(headers === undefined ? {} : { npm_config_nodedir: headers }),
    }
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  }

  /** Installs packages; without the minute that the SQLite add-on compiles, by taking the one that this workspace has. */
  async install(...names: readonly string[]): Promise<void> {
    await this.run('npm', ['install', '--ignore-scripts', ...names])
    placeAddon(join(this.folder, 'node_modules'))
  }

  async run(program: string, argv: readonly string[]): Promise<string> {
    return await run(program, argv, { cwd: this.folder, env: this.env })
  }

  async node(...argv: readonly string[]): Promise<string> {
    return await this.run(process.execPath, ['--no-warnings', ...argv])
  }

  /** Compiles files of the folder as three kinds of projects do; what the last of them wrote stands in `compiled/`. */
  async compile(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.folder, name), text)
    for (const [name, resolution] of Object.entries(resolutions))
      await this.#tsc(name, { ...resolution, outDir: 'compiled', rootDir: '.' }, Object.keys(files))
  }

  /** Compiles nothing, and asks whether JavaScript of the folder has the types that it uses. */
  async check(files: readonly string[]): Promise<void> {
    await this.#tsc('check', { ...resolutions.nodenext, allowJs: true, checkJs: true, noEmit: true }, files)
  }

  async #tsc(name: string, options: object, files: readonly string[]): Promise<void> {
    const compilerOptions = {
      ...options,
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable'],
      strict: true,
      typeRoots: [join(root, 'node_modules/@types')],
      types: ['node'],
    }
    const project = join(this.folder, `tsconfig.${name}.json`)
    writeFileSync(project, JSON.stringify({ compilerOptions, files }))
    await this.node(join(root, 'node_modules/typescript/bin/tsc'), '-p', project)
  }
}

/** The programs of this workspace are not on a consumer's path. */
export function withoutOurs(path: string): string {
  return path
    .split(delimiter)
    .filter((folder) => !folder.startsWith(root))
    .join(delimiter)
}

/** Puts the compiled add-on where its install script would. */
export function placeAddon(modules: string): void {
  const file = 'better-sqlite3/build/Release/better_sqlite3.node'
  if (!existsSync(join(modules, 'better-sqlite3'))) return
  mkdirSync(join(modules, 'better-sqlite3/build/Release'), { recursive: true })
  copyFileSync(join(root, 'packages/scheduler-db/node_modules', file), join(modules, file))
}
