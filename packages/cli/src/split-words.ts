/** Words of an example as a shell would see them: single and double quotes, backslashes, no expansion; a comment ends it. */
export function splitWords(line: string): readonly string[] {
  const words: string[] = []
  const pattern = /\s*((?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+)/gy
  for (let match = pattern.exec(line); match !== null; match = pattern.exec(line)) {
    const word = match[1] ?? ''
    if (word.startsWith('#') || word === '|' || word === '>') break
    words.push(word.replace(/'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g, unquote))
  }
  return words
}

function unquote(_: string, single?: string, double?: string, escaped?: string): string {
  return single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? ''
}
