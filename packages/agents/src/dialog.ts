/**
 * Marks of a question that takes keys as answers, from the screens of several programs. Too many are better than too
 * few: a wrong hit refuses a message, a miss approves something in a human's name.
 */
const marks: readonly RegExp[] = [
  /Do you want to /,
  /Would you like to /,
  /Allow execution of/i,
  /Permission required/i,
  /Enter to (confirm|select)/i,
  /Press enter to (confirm|continue)/i,
  /enter\/esc confirm/i,
  /Allow once\s+Allow always/i,
  /^[\s│┃]*[❯›●▶>]\s*\d+\.\s+\S/m,
  /^\s*❯ (Yes|No)\b/m,
  /Esc to cancel · /,
]

/** A question on the last line: yes or no, a password, a name. */
const lastLine =
  /(\[(y\/n|yes\/no)\]|\((y\/n|yes\/no)[^)]*\))\s*[?:]?\s*$|(password|passphrase|username|passcode).{0,60}:\s*$/i

const linesLookedAt = 20

/** The line that shows a question in the lower part of a screen, or undefined. */
export function findDialog(lines: readonly string[]): string | undefined {
  const shown = lines.filter((line) => line.trim() !== '').slice(-linesLookedAt)
  const last = shown.at(-1) ?? ''
  if (lastLine.test(last)) return last.trim()
  return shown.find((line) => marks.some((mark) => mark.test(line)))?.trim()
}
