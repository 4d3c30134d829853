import { randomFillSync } from 'node:crypto'

const bytes = new Uint8Array(10)
let lastMs = 0
let counter = 0

/**
 * A UUIDv7: sorts by creation time, and within one process also within one millisecond.
 *
 * @param now epoch milliseconds; a clock that steps back keeps the last instant, so that order holds
 */
export function newId(now: number = Date.now()): string {
  randomFillSync(bytes)
  if (now > lastMs) {
    lastMs = now
    counter = (((bytes[8] ?? 0) << 8) | (bytes[9] ?? 0)) & 0x7ff
  } else if (counter < 0xfff) {
    counter += 1
  } else {
    lastMs += 1
    counter = 0
  }
  const time = lastMs.toString(16).padStart(12, '0')
  const sequence = counter.toString(16).padStart(3, '0')
  const tail = Buffer.from(bytes.buffer, 0, 8)
  tail[0] = ((tail[0] ?? 0) & 0x3f) | 0x80
  const random = tail.toString('hex')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${sequence}-${random.slice(0, 4)}-${random.slice(4)}`
}
