import type { CommandRunner, RunOptions } from './command-runner.ts'
import { needsFence } from './fence.ts'
import { formatCommand, formatList } from './quote.ts'

/** What any tmux command printed, its words quoted here. */
export async function runRaw(
  runner: CommandRunner,
  argv: readonly string[],
  { signal, timeoutMs }: Pick<RunOptions, 'signal' | 'timeoutMs'>,
): Promise<{ readonly lines: readonly string[] }> {
  const target = messageTarget(argv)
  const line = target === undefined ? formatCommand(argv) : formatList([look(target), argv])
  const blocks = await runner.run(line, { fenced: needsFence(argv), words: argv, signal, timeoutMs })
  const own = target === undefined ? blocks : blocks.slice(1)
  const [only] = own
  return { lines: own.length === 1 && only ? only.lines : own.flatMap((block) => block.lines) }
}

/** `display-message` alone takes a target that is not there for none, and answers about nothing; a look at the pane fails. */
const look = (target: string): readonly string[] => ['capture-pane', '-p', '-S', '0', '-E', '0', '-t', target]

/** The target of a `display-message`, be it written `-t x`, `-tx` or `-pt x`. */
export function messageTarget(argv: readonly string[]): string | undefined {
  if (argv[0] !== 'display-message' && argv[0] !== 'display') return undefined
  for (let at = 1; at < argv.length; at += 1) {
    const word = argv[at] ?? ''
    if (!word.startsWith('-') || word === '--' || word === '-') return undefined
    const flag = /^-[aIlNpv]*([cdFt])(.*)$/s.exec(word)
    if (flag === null) continue
    const [, letter, value = ''] = flag
    if (value === '') at += 1
    if (letter === 't') return value === '' ? argv[at] : value
  }
  return undefined
}
