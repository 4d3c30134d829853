const endings: Readonly<Record<string, readonly string[]>> = {
  TypeScript: ['ts', 'tsx', 'mts', 'cts'],
  JavaScript: ['js', 'jsx', 'mjs', 'cjs'],
  Python: ['py', 'pyx', 'pyi'],
  Go: ['go'],
  Rust: ['rs'],
  Java: ['java'],
  Kotlin: ['kt', 'kts'],
  Scala: ['scala'],
  'C#': ['cs'],
  'F#': ['fs', 'fsx'],
  C: ['c', 'h'],
  'C++': ['cc', 'cpp', 'cxx', 'hh', 'hpp', 'hxx'],
  'Objective-C': ['m', 'mm'],
  Swift: ['swift'],
  Ruby: ['rb', 'rake'],
  PHP: ['php'],
  Perl: ['pl', 'pm'],
  Lua: ['lua'],
  Elixir: ['ex', 'exs'],
  Erlang: ['erl', 'hrl'],
  Haskell: ['hs'],
  OCaml: ['ml', 'mli'],
  Clojure: ['clj', 'cljs', 'cljc', 'edn'],
  Dart: ['dart'],
  Zig: ['zig'],
  Nim: ['nim'],
  R: ['r'],
  Julia: ['jl'],
  Shell: ['sh', 'bash', 'zsh', 'fish', 'ps1'],
  Web: ['html', 'htm', 'css', 'scss', 'sass', 'less', 'vue', 'svelte', 'astro'],
}

const byEnding: ReadonlyMap<string, string> = new Map(
  Object.entries(endings).flatMap(([language, list]) => list.map((ending) => [ending, language])),
)

const generated =
  /\.min\.(?:js|css)$|\.bundle\.js$|\.pb\.(?:go|cc|h)$|_pb2(?:_grpc)?\.pyi?$|\.(?:generated|g)\.\w+$/
const test =
  /\.(?:test|spec|cy|e2e)\.[a-z]+$|^test_.*\.py$|_test\.(?:py|go|rb|exs|cc|cpp|dart)$|_spec\.rb$|(?:Test|Tests|IT|Spec)\.(?:java|kt|scala|cs|swift)$|\.bats$/
const testFolders: ReadonlySet<string> = new Set([
  'test',
  'tests',
  '__tests__',
  'spec',
  'specs',
  'e2e',
  'testing',
])

/** The last ending of a lower-case file name, without its dot; `''` when it has none. */
export function endingOf(fileName: string): string {
  const dot = fileName.lastIndexOf('.')
  return dot <= 0 ? '' : fileName.slice(dot + 1)
}

/** The language that a file is written in by hand, or `undefined` for anything else. */
export function languageOf(fileName: string): string | undefined {
  const language = byEnding.get(endingOf(fileName.toLowerCase()))
  return language === undefined || generated.test(fileName) ? undefined : language
}

/** Whether a source file is a test, by its own name or by a folder on its way. */
export function isTestFile(fileName: string, folders: readonly string[]): boolean {
  return test.test(fileName) || folders.some((folder) => testFolders.has(folder.toLowerCase()))
}
