const silent: ReadonlySet<string> = new Set([
  'has-session',
  'rename-session',
  'rename-window',
  'resize-pane',
  'resize-window',
  'select-layout',
  'select-pane',
  'select-window',
  'send-keys',
  'set-environment',
  'set-option',
])

/**
 * Whether the reply to a command may hold text that others wrote, or more than one block; only what is known to hold neither goes
 * without a fence, which costs the server a second command.
 */
export function needsFence(argv: readonly string[]): boolean {
  const [name = '', flag, text] = argv
  // tmux repeats words in its errors, and a line of them may imitate the end of a reply.
  if (argv.some((word) => word.includes('\n'))) return true
  if (silent.has(name)) return false
  return !(name === 'display-message' && argv.length === 3 && flag === '-p' && text?.includes('#') === false)
}
