import { randomFillSync } from 'node:crypto'

const idBytes = 10
/** Asking for random bytes costs the same for one id as for many. */
const pool = Buffer.alloc(128 * idBytes)
let used = pool.length
let lastMs = 0
let counter = 0

/**
 * A UUIDv7: sorts by creation time, and within one process also within one millisecond.
 *
 * @param now epoch milliseconds; a clock that steps back keeps the last instant, so that order holds
 */
export function newId(now: number = Date.now()): string {
  const bytes = drawBytes()
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
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x80
  const random = bytes.toString('hex', 0, 8)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${sequence}-${random.slice(0, 4)}-${random.slice(4)}`
}

function drawBytes(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += idBytes
  return pool.subarray(used - idBytes, used)
}
