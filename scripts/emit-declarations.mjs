import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import ts from 'typescript'

/**
 * Writes the declarations of some sources and of whatever those name, one file each. Every export has an explicit type
 * (`isolatedDeclarations`), so a file's declarations follow from its text alone: no program is checked, which takes milliseconds in place
 * of the seconds to half a minute per package that a bundler of declarations needs. `typecheck` is where types are checked.
 *
 * @param {string} directory of the package
 * @param {readonly string[]} entries relative to `src`: `index.ts`
 */
export function emitDeclarations(directory, entries) {
  const queue = [...entries]
  const seen = new Set(queue)
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const { text, imports } = declarationsOf(path, readFileSync(join(directory, 'src', path), 'utf8'))
    const target = join(directory, 'dist', path.replace(/\.ts$/, '.d.ts'))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text)
    for (const next of imports.filter((name) => !seen.has(name))) {
      seen.add(next)
      queue.push(next)
    }
  }
}

/**
 * @param {string} path relative to `src`
 * @param {string} source
 * @returns {{ text: string, imports: string[] }} `imports`: relative to `src` as well
 */
export function declarationsOf(path, source) {
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(source, {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      declaration: true,
      isolatedDeclarations: true,
      verbatimModuleSyntax: true,
    },
  })
  const [problem] = diagnostics
  if (problem !== undefined)
    throw new Error(`src/${path}: ${ts.flattenDiagnosticMessageText(problem.messageText, '\n')}`)
  /** @type {string[]} */
  const imports = []
  const text = withoutDoubles(outputText).replace(
    /(\bfrom\s*|\bimport\s*\(\s*|^\s*import\s*)(['"])(\.[^'"\n]+)\.ts\2/gm,
    (_, before, quote, specifier) => {
      imports.push(relative('.', normalize(join(dirname(path), `${specifier}.ts`))))
      return `${before}${quote}${specifier}.js${quote}`
    },
  )
  return { text, imports }
}

/**
 * A method of a class that is called by a symbol is declared a second time, as a property, which no compiler takes.
 *
 * @param {string} text
 */
function withoutDoubles(text) {
  return text.replace(/^ +\[(Symbol\.\w+)\]: .*;\n/gm, (line, symbol) =>
    text.includes(`[${symbol}](`) ? '' : line,
  )
}
