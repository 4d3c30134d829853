import { SimError } from '../errors.ts'

export interface ToolCall {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
}

type Form = readonly [name: string, input: (first: string, second: string) => ToolCall['input']]

/** The shells of the programs that we know, and how each is called. */
const shells: readonly Form[] = [
  ['Bash', (command) => ({ command, description: 'Run the command' })],
  ['bash', (command) => ({ command, description: 'Run the command' })],
  ['exec_command', (cmd) => ({ cmd })],
  ['shell_command', (command) => ({ command })],
  ['run_shell_command', (command) => ({ command, description: 'Run the command' })],
  ['shell', (command) => ({ command: ['bash', '-lc', command] })],
  ['local_shell', (command) => ({ command: ['bash', '-lc', command] })],
]

const writers: readonly Form[] = [
  ['Write', (path, content) => ({ file_path: path, content })],
  ['write_file', (path, content) => ({ file_path: path, content })],
  ['write', (path, content) => ({ filePath: path, content })],
]

/**
 * The call that runs a command in the program's own shell.
 *
 * @throws SimError `BAD_STEP` when it offers none
 */
export function shellCall(tools: readonly string[], command: string): ToolCall {
  const call = callOf(shells, tools, command, '')
  if (call) return call
  throw new SimError('BAD_STEP', 'the program offers no shell that we know', {
    hint: `It offers: ${tools.slice(0, 40).join(', ')}. Name one with <<tool NAME {…}>>.`,
  })
}

/** The call that writes a file: by the program's own tool, else by its shell. */
export function writeCall(tools: readonly string[], path: string, text: string): ToolCall {
  const quoted = [text, path].map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
  return callOf(writers, tools, path, text) ?? shellCall(tools, `printf %s ${quoted.join(' > ')}`)
}

function callOf(
  forms: readonly Form[],
  tools: readonly string[],
  first: string,
  second: string,
): ToolCall | undefined {
  const form = forms.find(([name]) => tools.includes(name))
  return form && { name: form[0], input: form[1](first, second) }
}
