import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the repository, without a slash at its end. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))
/** Everything that scripts remember between runs; ignored by git. */
export const cacheDirectory = `${root}/.cache`
export const logFile = `${cacheDirectory}/bootstrap.log`

/** @param {string} text a line about the progress, on stderr: stdout belongs to the command. */
export function say(text) {
  process.stderr.write(`tmo: ${text}\n`)
}

/** Empties the log of this run. */
export function startLog() {
  mkdirSync(cacheDirectory, { recursive: true })
  writeFileSync(logFile, '')
}

/** @param {string} text */
export function log(text) {
  mkdirSync(cacheDirectory, { recursive: true })
  appendFileSync(logFile, text)
}

/** A failure whose message and hint are all that a person needs: no stack is shown. */
export class SetupError extends Error {
  /**
   * @param {string} message what went wrong, one line
   * @param {string} hint what to do, one line
   * @param {string} [output] the end of what a program said
   */
  constructor(message, hint, output = '') {
    super(message)
    this.name = 'SetupError'
    this.hint = hint
    this.output = output
  }
}

/**
 * Runs a script's body; a failure becomes lines and exit code 1.
 *
 * @param {() => Promise<number>} body answers with the exit code
 */
export async function runScript(body) {
  try {
    process.exitCode = await body()
  } catch (error) {
    process.exitCode = 1
    if (!(error instanceof SetupError)) throw error
    if (error.output !== '') process.stderr.write(`${error.output}\n`)
    say(error.message)
    say(error.hint)
  }
}

/** @param {number} ms */
export function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`
}
