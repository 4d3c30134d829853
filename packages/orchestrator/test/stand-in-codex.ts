import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const fixtures = new URL('../../agents/fixtures/codex/', import.meta.url)

/** A screen of Codex as it was recorded. */
export function codexScreen(name: string): string {
  return readFileSync(new URL(`${name}.ansi`, fixtures), 'utf8')
}

/** A program under the name of Codex: it shows what a test hands it and notes every key. */
export class StandInCodex {
  #folder = ''

  /** Installs it, logged in, and trusted with the project; answers the environment that finds it. */
  async install({ project, folder }: { readonly project: string; readonly folder: string }): Promise<{
    readonly PATH: string
    readonly CODEX_HOME: string
  }> {
    this.#folder = folder
    const [bin, home] = [join(folder, 'bin'), join(folder, 'codex')]
    await mkdir(bin)
    await mkdir(home)
    const config = [
      'model_provider = "none"',
      '[model_providers.none]',
      'base_url = "http://127.0.0.1:9/v1"',
      `[projects.${JSON.stringify(project)}]`,
      'trust_level = "trusted"',
    ]
    await writeFile(join(home, 'config.toml'), `${config.join('\n')}\n`)
    const [shown, pressed] = [join(folder, 'shown'), join(folder, 'pressed')]
    const paint = `[ "$shown" = "$(cat '${shown}')" ] || { shown=$(cat '${shown}'); printf '\\033[H\\033[J%s' "$shown"; }`
    const program = [
      '#!/bin/sh',
      '[ "$1" = --version ] && { echo codex-cli 0.169.0; exit; }',
      '[ "$1" = app-server ] && exit 1',
      'stty raw -echo',
      `(while kill -0 $$ 2> /dev/null; do ${paint}; sleep 0.05; done) < /dev/null &`,
      `exec cat > '${pressed}'`,
    ]
    this.show('')
    await writeFile(join(bin, 'codex'), `${program.join('\n')}\n`, { mode: 0o755 })
    return { PATH: `${bin}:${process.env['PATH']}`, CODEX_HOME: home }
  }

  show(screen: string): void {
    writeFileSync(join(this.#folder, 'shown'), screen.replaceAll('\n', '\r\n'))
  }

  /** Undefined before it runs. */
  keys(): string | undefined {
    const pressed = join(this.#folder, 'pressed')
    return existsSync(pressed) ? readFileSync(pressed, 'utf8') : undefined
  }

  /** Its hook has left this request to the dialog, so long ago. */
  leave(stateDir: string, request: string, command: string, ageMs = 0): void {
    const payload = { tool_name: 'Bash', tool_input: { command } }
    const path = join(stateDir, 'permissions', `${request}.dialog`)
    writeFileSync(path, JSON.stringify(payload))
    if (ageMs > 0) utimesSync(path, (Date.now() - ageMs) / 1_000, (Date.now() - ageMs) / 1_000)
  }
}
