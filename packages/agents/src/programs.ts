import type { AgentAdapter } from './adapter.ts'
import { ClaudeAdapter } from './claude.ts'
import { CommandAdapter } from './command.ts'
import type { Environment } from './find-program.ts'
import { loadScreenRules } from './load-screen-rules.ts'
import { SimAdapter } from './sim.ts'

export interface AdapterOptions {
  /** Where the simulated agent keeps its state. @defaultValue as the program: TMO_SIM_HOME, else under XDG_STATE_HOME */
  readonly simHome?: string
  /** The simulated agent's program. @defaultValue `tmo-agent-sim` on PATH */
  readonly simProgram?: string
  /** The environment in which programs and their settings are looked for. @defaultValue process.env */
  readonly env?: Environment
  /**
   * Changes to the rules by which the program's screens are read: the path of a JSON file, or the same as an object.
   * See `ScreenRulesSource`; what is left out stays as it is built in.
   */
  readonly screenRules?: string | Readonly<Record<string, unknown>>
}

/** The names with an adapter of their own. Any other text is a command line. */
export function listPrograms(): readonly string[] {
  return ['sim', 'claude']
}

/**
 * The adapter for `sim`, `claude` or a command line such as `aider --yes`.
 *
 * @throws AgentsError `BAD_COMMAND` when a command line is empty or has an unclosed quote, `BAD_RULES`
 */
export function adapterFor(program: string, options: AdapterOptions = {}): AgentAdapter {
  const env = options.env ?? process.env
  if (program === 'claude') return new ClaudeAdapter(env, loadScreenRules('claude', options.screenRules))
  if (program !== 'sim')
    return new CommandAdapter(program, env, loadScreenRules('command', options.screenRules))
  return new SimAdapter({
    env,
    rules: loadScreenRules('sim', options.screenRules),
    ...(options.simHome !== undefined && { home: options.simHome }),
    ...(options.simProgram !== undefined && { program: options.simProgram }),
  })
}
