import { spawn } from 'node:child_process'
import { log, say, seconds } from './say.mjs'

const beatMs = 15_000
const tailLines = 25

/**
 * Runs a program whose output nobody needs unless it fails: it goes to the log.
 *
 * @param {readonly string[]} argv
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, doing?: string }} options `doing`: said again while it takes long
 * @returns {Promise<{ code: number, output: string }>} `output`: the last lines of stdout and stderr
 */
export function runLogged([program = '', ...args], { cwd, env = process.env, doing }) {
  return new Promise((resolve) => {
    log(`$ ${[program, ...args].join(' ')}\n`)
    const startedAt = Date.now()
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    /** @type {string[]} */
    let tail = []
    const beat =
      doing === undefined
        ? undefined
        : setInterval(() => say(`${doing}: still at it (${seconds(Date.now() - startedAt)})`), beatMs)
    const keep = (/** @type {Buffer} */ chunk) => {
      log(chunk.toString())
      tail = [...tail, chunk.toString()].slice(-400)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const end = (/** @type {number} */ code) => {
      clearInterval(beat)
      resolve({ code, output: tail.join('').trimEnd().split('\n').slice(-tailLines).join('\n') })
    }
    child.on('error', (error) => {
      keep(Buffer.from(`${error.message}\n`))
      end(127)
    })
    child.on('close', (code) => end(code ?? 1))
  })
}

/**
 * Runs a program on our own terminal; Ctrl-C reaches it from the terminal, and the other ending signals are handed on.
 *
 * @param {readonly string[]} argv
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, stdin?: 'inherit' | 'ignore' }} options
 * @returns {Promise<number>} its exit code, 128 + the signal's number when one ended it
 */
export function runAttached([program = '', ...args], { cwd, env = process.env, stdin = 'inherit' }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: [stdin, 'inherit', 'inherit'] })
    const wait = () => {}
    const pass = () => child.kill('SIGTERM')
    process.on('SIGINT', wait)
    process.on('SIGTERM', pass)
    const forget = () => {
      process.off('SIGINT', wait)
      process.off('SIGTERM', pass)
    }
    child.on('error', (error) => {
      forget()
      reject(error)
    })
    child.on('close', (code, signal) => {
      forget()
      resolve(code ?? { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGKILL: 137 }[String(signal)] ?? 1)
    })
  })
}

/**
 * Runs a program beside others on our terminal: what it prints is shown when it has failed.
 *
 * @param {readonly string[]} argv
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>} its exit code
 */
export function runBeside([program = '', ...args], { cwd, env = process.env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    /** @type {Buffer[]} */
    const held = []
    child.stdout.on('data', (chunk) => held.push(chunk))
    child.stderr.on('data', (chunk) => held.push(chunk))
    const pass = () => child.kill('SIGTERM')
    process.on('SIGTERM', pass)
    const forget = () => process.off('SIGTERM', pass)
    child.on('error', (error) => {
      forget()
      reject(error)
    })
    child.on('close', (code) => {
      forget()
      if (code !== 0) process.stderr.write(Buffer.concat(held))
      resolve(code ?? 1)
    })
  })
}
