import { fileURLToPath } from 'node:url'

export { isSimError, SimError, type SimErrorCode } from './errors.ts'
export {
  type Checkpoint,
  type ConversationLine,
  parseConversation,
  parseRecord,
  type RecordLine,
  type RecordNote,
  type ReportKind,
  readSimSession,
  type SimSession,
  type SimStatus,
  type Via,
} from './formats.ts'
export {
  type CrashPoint,
  defaultPersona,
  type Persona,
  type PersonaName,
  personaArguments,
  personas,
} from './persona.ts'
export type { EnterOutcome } from './prompt-box.ts'
export { type Prompt, prompts } from './prompt-rules.ts'

/** Absolute path of the program `tmo-agent-sim`; run it with `process.execPath`. It exists once the package is built. */
export function simProgram(): string {
  return fileURLToPath(new URL('../dist/main.js', import.meta.url))
}
