import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { ProcessIdentity } from './process-identity.ts'

/** What a daemon leaves at `<home>/daemon.json` for those who look for it; removed when it ends in peace. */
export interface DaemonRecord extends ProcessIdentity {
  readonly version: string
  readonly protocol: number
  readonly socket: string
  /** Epoch milliseconds. */
  readonly startedAt: number
}

export function writeRecord(file: string, record: DaemonRecord): void {
  const temporary = `${file}.${record.pid}`
  writeFileSync(temporary, `${JSON.stringify(record)}\n`, { mode: 0o600 })
  renameSync(temporary, file)
}

export function removeRecord(file: string): void {
  rmSync(file, { force: true })
}

/** The record of the last daemon, which may be dead; `undefined` when there is none or it cannot be read as one. */
export function readRecord(file: string): DaemonRecord | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
  return parseRecord(text)
}

/** `undefined` for anything but a whole record. */
export function parseRecord(text: string): DaemonRecord | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { pid, startTime, bootId, version, protocol, socket, startedAt }: Record<string, unknown> = {
    ...value,
  }
  const isWhole =
    Number.isSafeInteger(pid) &&
    typeof startTime === 'string' &&
    typeof bootId === 'string' &&
    typeof socket === 'string'
  if (!isWhole) return undefined
  return {
    pid: Number(pid),
    startTime,
    bootId,
    version: String(version),
    protocol: Number(protocol),
    socket,
    startedAt: Number(startedAt),
  }
}
