import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from './find-program.ts'

/** Where Codex keeps its things; CODEX_HOME moves them. */
export function codexHome(env: Environment): string {
  return env['CODEX_HOME'] || join(env['HOME'] || homedir(), '.codex')
}
