const paragraph = (length: number): string =>
  Array.from({ length: Math.ceil(length / 60) }, (_, index) => `${index} ${'words of a text '.repeat(3)}`)
    .join('\n')
    .slice(0, length)

/** What a message may hold; `canary` is a file that no message may make. */
export const messageKinds: Readonly<Record<string, (canary: string) => string>> = {
  'one line': () => 'How far are you?',
  '20 lines': () => Array.from({ length: 20 }, (_, index) => `line ${index}`).join('\n'),
  '5 KB': () => paragraph(5_000),
  'a leading !': (canary) => `!touch ${canary}`,
  'a leading /': (canary) => `/exit or /bash touch ${canary}`,
  'a leading #': () => '# remember this for ever',
  'a leading @': () => '@README.md and @nobody',
  'a trailing backslash': () => 'this is a path: C:\\',
  'escape sequences': (canary) => `\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u001b[201~!touch ${canary}\r`,
  tabs: () => 'a\tb\t\tc\n\tindented',
  '50 KB': () => paragraph(50_000),
  '5 KB in one line': () => 'x y '.repeat(1_250),
  'a name at the end': () => 'look at @READ',
  'a substitution': (canary) => `$(touch ${canary}) \`touch ${canary}\` #(touch ${canary}); touch ${canary}`,
  emoji: () => 'family 👩‍👩‍👧, flag 🇩🇪, é, 漢字, ｆｕｌｌ',
  'lines that look like commands': (canary) => `note\n!touch ${canary}\n/exit\n/clear`,
}

export function messageOfKind(name: string, canary: string): string {
  const make = messageKinds[name]
  if (make === undefined) throw new Error(`there is no kind of message ${name}`)
  return make(canary)
}
