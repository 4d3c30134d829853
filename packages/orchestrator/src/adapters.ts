import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type AgentAdapter, adapterFor, listPrograms } from '@tmux-orchestrator/agents'
import type { EngineOptions } from './engine-options.ts'

/** One adapter per program, made when it is first asked for; tells when a program of its kind moved. */
export class Adapters {
  readonly #options: Pick<EngineOptions, 'home' | 'env' | 'simProgram'>
  readonly #onChange: () => void
  readonly #known: Map<string, AgentAdapter> = new Map()
  readonly #watches: { close(): void }[] = []

  constructor(options: Pick<EngineOptions, 'home' | 'env' | 'simProgram'>, onChange: () => void) {
    this.#options = options
    this.#onChange = onChange
  }

  get(program: string): AgentAdapter {
    const known = this.#known.get(program)
    if (known) return known
    const { home, env, simProgram } = this.#options
    const adapter = adapterFor(program, {
      simHome: join(home, 'agents', 'sim'),
      env,
      ...(simProgram === undefined ? {} : { simProgram }),
      ...screenRules(home, program),
    })
    this.#known.set(program, adapter)
    const watch = adapter.watch?.({ stateDir: home }, this.#onChange)
    if (watch) this.#watches.push(watch)
    return adapter
  }

  close(): void {
    for (const watch of this.#watches) watch.close()
  }
}

/** A user's own rules for reading a program's screens: `$TMO_HOME/screen-rules/<program>.json`. */
function screenRules(home: string, program: string): { readonly screenRules?: string } {
  const name = listPrograms().includes(program) ? program : 'command'
  const path = join(home, 'screen-rules', `${name}.json`)
  return existsSync(path) ? { screenRules: path } : {}
}
