import { AgentsError } from './errors.ts'

/**
 * Splits a command line into argv: blanks separate, single and double quotes group, a backslash takes the next
 * character as it is (not inside single quotes). Nothing is expanded and no shell is involved.
 *
 * @throws AgentsError `BAD_COMMAND` when it is empty or a quote is not closed
 */
export function parseCommandLine(line: string): readonly string[] {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let index = 0; index < line.length; index += 1) {
    const char = line.charAt(index)
    if (char === quote) quote = ''
    else if (quote === "'") word += char
    else if (char === '\\') word = (word ?? '') + line.charAt(++index)
    else if (quote === '"') word += char
    else if (char === '"' || char === "'") {
      quote = char
      word ??= ''
    } else if (!/\s/.test(char)) word = (word ?? '') + char
    else if (word !== undefined) {
      words.push(word)
      word = undefined
    }
  }
  if (word !== undefined) words.push(word)
  if (quote !== '' || words.length === 0 || words[0] === '') throw badCommand(line, quote)
  return words
}

function badCommand(line: string, quote: string): AgentsError {
  const why = quote === '' ? 'it names no program' : `the ${quote} is not closed`
  return new AgentsError('BAD_COMMAND', `cannot read the agent command: ${why}`, {
    details: { command: line.slice(0, 200) },
    hint: "Write it as in a shell without variables or pipes, for example: aider --message 'hello'",
  })
}
