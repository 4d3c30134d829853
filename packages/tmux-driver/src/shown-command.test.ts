import { expect, it } from 'vitest'
import { formatCommand, formatList } from './quote.ts'
import { shownCommand } from './shown-command.ts'

it('a command in an error tells no value of the environment, and nothing that is typed', () => {
  const secret = 'sk-"a\\ \n$b'
  const window = formatCommand([
    'new-window',
    '-e',
    `API_TOKEN=${secret}`,
    '-n',
    'a b',
    '--',
    'sh',
    '-c',
    'ls x',
  ])
  expect(shownCommand(window)).toBe('new-window -e "API_TOKEN=…" -n "a b" "--" sh -c "ls x"')
  const input = formatList([
    ['set-buffer', '-b', 'x', '--', secret],
    ['send-keys', '-l', '-t', '%1', secret],
  ])
  expect(shownCommand(input)).not.toMatch(/sk-/)
  expect(shownCommand(input)).toContain('set-buffer -b x "…" "…"')
  expect(shownCommand(formatCommand(['rename-window', '-t', '@1', 'x y']))).toBe(
    'rename-window -t "@1" "x y"',
  )
  expect(shownCommand('x'.repeat(300))).toHaveLength(200)
})
