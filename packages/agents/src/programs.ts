import type { AgentAdapter } from './adapter.ts'

export interface AdapterOptions {
  /** Where the simulated agent keeps its state. @defaultValue as the program: TMO_SIM_HOME, else under XDG_STATE_HOME */
  readonly simHome?: string
  /** The simulated agent's program. @defaultValue `tmo-agent-sim` on PATH */
  readonly simProgram?: string
  /** The environment in which programs and their settings are looked for. @defaultValue process.env */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** The names with an adapter of their own. Any other text is a command line. */
export function listPrograms(): readonly string[] {
  return ['sim', 'claude']
}

/** The adapter for `sim`, `claude` or a command line such as `aider --yes`. */
export function adapterFor(program: string, options: AdapterOptions = {}): AgentAdapter {
  throw new Error(`not built: ${program} ${Object.keys(options).join()}`)
}
