const invisible =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Cs}/gu

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n'
  if (character === '\t') return '\\t'
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}

/** A foreign name or text as one line without control, bidirectional or invisible characters. */
export function printable(text: string, lengthMax = 120): string {
  return shorten(text.slice(0, lengthMax * 2).replace(invisible, escapeCharacter), lengthMax)
}

/** At most so many characters (code points); what was cut shows as `…`. */
export function shorten(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text
  const characters = Array.from(text)
  return characters.length <= lengthMax ? text : `${characters.slice(0, lengthMax - 1).join('')}…`
}
