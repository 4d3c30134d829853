import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The words of what a script becomes, as the shell reads them; `words` are its own. */
export function execWords(script: string, ...words: readonly string[]): readonly string[] {
  const text = readFileSync(script, 'utf8').replace(/^exec /, `printf '%s\\0' `)
  const ran = spawnSync('/bin/sh', ['-c', `tmo_program=PROGRAM; ${text}`, 'sh', ...words])
  return ran.stdout.toString().split('\0').slice(0, -1)
}
