import type { AgentAdapter } from './adapter.ts'
import { ClaudeAdapter } from './claude.ts'
import { CodexAdapter } from './codex.ts'
import { CommandAdapter } from './command.ts'
import type { Environment } from './find-program.ts'
import { GeminiAdapter } from './gemini.ts'
import { loadScreenRules, type RuledProgram } from './load-screen-rules.ts'
import { OpencodeAdapter } from './opencode.ts'
import type { ScreenRules } from './screen-rules.ts'
import { SimAdapter, type SimPrompt } from './sim.ts'

/** The environment that an adapter reads, rules for screens that replace its own, and where the simulated agent is. */
export interface AdapterOptions {
  /** Where the simulated agent keeps its state. @defaultValue as the program: TMO_SIM_HOME, else under XDG_STATE_HOME */
  readonly simHome?: string
  /** The simulated agent's program. @defaultValue `tmo-agent-sim` on PATH */
  readonly simProgram?: string
  /** Whose prompt box the simulated agent has: drawn and reading keys as that program's. @defaultValue its own */
  readonly simPrompt?: SimPrompt
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
  return ['sim', 'claude', 'codex', 'gemini', 'opencode']
}

/**
 * The adapter for one of `listPrograms()`, or for a command line such as `aider --yes`.
 *
 * @throws AgentsError `BAD_COMMAND` when a command line is empty or has an unclosed quote, `BAD_RULES`
 */
export function adapterFor(program: string, options: AdapterOptions = {}): AgentAdapter {
  const env = options.env ?? process.env
  const rules = (name: RuledProgram): ScreenRules => loadScreenRules(name, options.screenRules)
  switch (program) {
    case 'sim':
      return new SimAdapter({
        env,
        prompt: options.simPrompt ?? 'sim',
        rules: rules(options.simPrompt ?? 'sim'),
        ...(options.simHome !== undefined && { home: options.simHome }),
        ...(options.simProgram !== undefined && { program: options.simProgram }),
      })
    case 'claude':
      return new ClaudeAdapter(env, rules('claude'))
    case 'codex':
      return new CodexAdapter(env, rules('codex'))
    case 'gemini':
      return new GeminiAdapter(env, rules('gemini'))
    case 'opencode':
      return new OpencodeAdapter(env, rules('opencode'))
    default:
      return new CommandAdapter(program, env, rules('command'))
  }
}
