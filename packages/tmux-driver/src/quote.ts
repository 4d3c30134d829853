const plain = /^-{0,2}[A-Za-z0-9_][A-Za-z0-9_-]*$/
const special = /["~\\$\u0000-\u001f\u007f]/g

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n'
  const code = character.charCodeAt(0)
  if (code < 0x20 || code === 0x7f) return `\\${code.toString(8).padStart(3, '0')}`
  return `\\${character}`
}

/**
 * One argument as tmux's command parser reads it back, whatever it contains: a newline would otherwise end the
 * command and the rest would run as the next one.
 *
 * @throws TypeError for a NUL, which no tmux argument can carry.
 */
export function quoteArgument(text: string): string {
  if (plain.test(text)) return text
  if (text.includes('\0')) throw new TypeError('a tmux argument cannot contain NUL')
  return `"${text.replace(special, escapeCharacter)}"`
}

/** One command line from its words. The first word is a command's name, so nothing else can be in its place. */
export function formatCommand(argv: readonly string[]): string {
  const name = argv[0]
  if (name === undefined || !/^[a-z][a-z-]*$/.test(name)) {
    throw new TypeError(`not a tmux command: ${JSON.stringify(name)}`)
  }
  let line = name
  for (let at = 1; at < argv.length; at += 1) line += ` ${quoteArgument(argv[at] ?? '')}`
  return line
}

/** Several commands that run one after another with nothing in between; the first that fails ends the list. */
export function formatList(commands: readonly (readonly string[])[]): string {
  return commands.map(formatCommand).join(' ; ')
}

/**
 * Text that a tmux *format* gives back unchanged, so that `#(…)` is never run. Before `[` a run of `#` already
 * stands for itself.
 */
export function escapeFormat(text: string): string {
  return text.replace(/#+\[?/g, (run) => (run.endsWith('[') ? run : run + run))
}
