import { fileURLToPath } from 'node:url'

export { isSimError, SimError, type SimErrorCode } from './errors.ts'
export {
  type Checkpoint,
  type ConversationLine,
  parseConversation,
  type ReportKind,
  readSimSession,
  type SimSession,
  type SimStatus,
  type Via,
} from './formats.ts'

/** Absolute path of the program `tmo-agent-sim`; run it with `process.execPath`. It exists once the package is built. */
export function simProgram(): string {
  return fileURLToPath(new URL('../dist/main.js', import.meta.url))
}
