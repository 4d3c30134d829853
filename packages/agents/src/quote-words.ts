/** As a POSIX shell reads them back. */
export function quoteWords(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
}

/** A hook's command that forbids nothing where its own files are gone: programs take a failure for a no. */
export function harmless(words: readonly string[]): string {
  return `${quoteWords(words)} || exit 0`
}
