import { SimError } from '../errors.ts'
import type { Desk } from './desk.ts'
import type { ModelRequestRecord } from './request-record.ts'

/** How long to wait for a request. */
export interface WaitForRequestOptions {
  /** @defaultValue 30000 */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** The first request in the log, or to come, of which this is so. */
export function waitForRequest(
  desk: Desk,
  isIt: (record: ModelRequestRecord) => boolean,
  { timeoutMs = 30_000, signal }: WaitForRequestOptions = {},
): Promise<ModelRequestRecord> {
  const known = desk.log.list().find(isIt)
  if (known) return Promise.resolve(known)
  return new Promise((resolve, reject) => {
    const onRequest = (record: ModelRequestRecord): void => {
      if (isIt(record)) settle(() => resolve(record))
    }
    const onEnd = (): void =>
      settle(() => reject(signal?.aborted ? signal.reason : noSuchRequest(desk, timeoutMs)))
    const settle = (tell: () => void): void => {
      clearTimeout(timer)
      desk.events.off('request:received', onRequest)
      for (const source of sources) source?.removeEventListener('abort', onEnd)
      tell()
    }
    const timer = setTimeout(onEnd, timeoutMs)
    // not AbortSignal.any(): Node 20 may collect what it is made of, and then it never fires
    const sources = [signal, desk.ended.signal]
    desk.events.on('request:received', onRequest)
    for (const source of sources) source?.addEventListener('abort', onEnd)
    if (sources.some((source) => source?.aborted)) onEnd()
  })
}

function noSuchRequest(desk: Desk, timeoutMs: number): SimError {
  const last = desk.log.list().at(-1)?.userText.slice(-120)
  const why = desk.ended.signal.aborted ? 'before the server was closed' : `within ${timeoutMs} ms`
  return new SimError('NO_SUCH_REQUEST', `no such request came ${why}`, {
    hint: last === undefined ? 'No request came at all.' : `The last one said: ${JSON.stringify(last)}.`,
  })
}
