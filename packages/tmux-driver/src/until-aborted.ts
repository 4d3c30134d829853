/** What `promise` gives, unless the signal is aborted first. @throws the signal's reason. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise
  if (signal.aborted) {
    promise.catch(() => undefined)
    throw signal.reason
  }
  let abort = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** The same, and no longer than so many milliseconds: then `late` is its error. */
export async function untilLate<T>(
  promise: Promise<T>,
  timeoutMs: number,
  late: () => Error,
  signal?: AbortSignal,
): Promise<T> {
  const lateness = new AbortController()
  const timer = setTimeout(() => lateness.abort(late()), timeoutMs)
  try {
    return await untilAborted(
      promise,
      signal === undefined ? lateness.signal : AbortSignal.any([signal, lateness.signal]),
    )
  } finally {
    clearTimeout(timer)
  }
}
