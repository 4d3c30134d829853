/** Flags that hold wherever they stand before `--`, even when the rest of the line is wrong. */
export interface Globals {
  readonly json: boolean
  readonly color: boolean
  readonly input: boolean
  readonly debug: boolean
  readonly help: boolean
  readonly version: boolean
}

/** Reads them without judging anything else; none of these words is ever taken for a flag's value. */
export function readGlobals(argv: readonly string[]): Globals {
  const end = argv.indexOf('--')
  const words = new Set(end === -1 ? argv : argv.slice(0, end))
  return {
    json: words.has('--json'),
    color: !words.has('--no-color'),
    input: !words.has('--no-input'),
    debug: words.has('--debug'),
    help: words.has('--help') || words.has('-h'),
    version: words.has('--version') || words.has('-V'),
  }
}
