/** A whole number from 0 to 2^32 - 1 that depends on all parts (FNV-1a with a final mix). */
export function seededNumber(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5
  for (const char of parts.join('\x1f')) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}

/** One of the choices, by the parts. */
export function seededChoice<T>(choices: readonly [T, ...T[]], ...parts: readonly (string | number)[]): T {
  return choices[seededNumber(...parts) % choices.length] ?? choices[0]
}
