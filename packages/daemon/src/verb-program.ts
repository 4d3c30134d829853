import { fileURLToPath } from 'node:url'

/** The program that carries an agent's verb to the daemon, or keeps it while none answers; Node runs it. */
export const verbProgram: string = fileURLToPath(new URL('../dist/verb.js', import.meta.url))
