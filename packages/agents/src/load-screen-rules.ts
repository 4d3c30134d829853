import { readFileSync } from 'node:fs'
import { AgentsError } from './errors.ts'
import { parseScreenRules } from './parse-screen-rules.ts'
import { claudeRules } from './screen-rules/claude.ts'
import { codexRules } from './screen-rules/codex.ts'
import { commandRules } from './screen-rules/command.ts'
import { geminiRules } from './screen-rules/gemini.ts'
import { opencodeRules } from './screen-rules/opencode.ts'
import { simRules } from './screen-rules/sim.ts'
import type { ScreenRules, ScreenRulesSource } from './screen-rules.ts'

const sources: Readonly<Record<RuledProgram, ScreenRulesSource>> = {
  claude: claudeRules,
  codex: codexRules,
  command: commandRules,
  gemini: geminiRules,
  opencode: opencodeRules,
  sim: simRules,
}

const known = new Map<RuledProgram, ScreenRules>()

/** A program with rules of its own; `command` is any other. */
export type RuledProgram = 'claude' | 'codex' | 'command' | 'gemini' | 'opencode' | 'sim'

/** The rules that come with this package. */
export function builtInRules(program: RuledProgram): ScreenRules {
  const rules = known.get(program) ?? parseScreenRules(sources[program], 'built-in')
  known.set(program, rules)
  return rules
}

/**
 * The rules for a program's screens: the built-in ones, with the changes of a JSON file or of an object.
 *
 * @throws AgentsError `BAD_RULES`
 */
export function loadScreenRules(program: RuledProgram, changes?: unknown): ScreenRules {
  const base = builtInRules(program)
  if (changes === undefined) return base
  if (typeof changes !== 'string') return parseScreenRules(changes, 'screenRules', base)
  return parseScreenRules(readJson(changes), changes, base)
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    throw new AgentsError('BAD_RULES', `${path}: ${cause.message}`, {
      cause,
      details: { file: path },
      hint: 'Allowed: a readable file of JSON.',
    })
  }
}
