import type { ExitCode } from './errors.ts'

/** Why a command's signal was aborted by the outside. */
export class Interruption extends Error {
  readonly exitCode: ExitCode

  constructor(cause: NodeJS.Signals | 'EPIPE', exitCode: ExitCode) {
    super(cause === 'EPIPE' ? 'nobody reads the output' : `interrupted by ${cause}`)
    this.name = 'Interruption'
    this.exitCode = exitCode
  }
}

type EndingSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'
const signals: readonly EndingSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
/** 128 + the signal's number, as shells count. */
const codes: Readonly<Record<EndingSignal, ExitCode>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }

export interface SignalHandlers {
  /** The first signal. */
  onFirst(interruption: Interruption, signal: EndingSignal): void
  /** The second: must not return to the command. */
  onSecond(exitCode: ExitCode): void
}

/** Listens to the signals that end a program; the answer stops listening. */
export function listenToSignals(handlers: SignalHandlers): () => void {
  let first = true
  const listeners = signals.map((name) => {
    const exitCode = codes[name]
    const listener = (): void => {
      if (first) handlers.onFirst(new Interruption(name, exitCode), name)
      else handlers.onSecond(exitCode)
      first = false
    }
    process.on(name, listener)
    return () => process.off(name, listener)
  })
  return () => {
    for (const stop of listeners) stop()
  }
}
