const shownMax = 200

/** A command for an error, without what may be a secret: values of the environment, and what is typed or pasted. */
export function shownCommand(line: string): string {
  const isInput = /(?:^|[;{] )(?:set-buffer|send-keys)\b/.test(line)
  const bare = line.replace(/(-e "[A-Za-z_]\w*=)(?:[^"\\]|\\.)*"/gs, '$1…"')
  return (isInput ? bare.replace(/"(?:[^"\\]|\\.)*"/gs, '"…"') : bare).slice(0, shownMax)
}
