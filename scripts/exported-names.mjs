import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { listPublished } from './published-packages.mjs'
import { root } from './say.mjs'

/**
 * @typedef {{ name: string, file: string, documented: boolean }} ExportedName `file`: where it is declared
 */

/**
 * The entries of a library that have types, as sources.
 *
 * @param {import('./published-packages.mjs').Published} library
 * @returns {string[]}
 */
export function listEntries({ directory, manifest }) {
  return Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' || target['types'] === undefined
      ? []
      : [join(directory, 'src', target['types'].replace(/^\.\/dist\//, '').replace(/\.d\.ts$/, '.ts'))],
  )
}

/** The packages that are published to be imported. */
export function listLibraries() {
  return listPublished().filter(({ directory }) => dirname(directory) === join(root, 'packages'))
}

/**
 * What a source exports, with whether a comment of documentation stands before it; re-exports are followed. No program is made, and no
 * type looked at: every export of ours is named.
 *
 * @param {string} file
 * @param {Map<string, ExportedName[]>} [seen] what was listed before, by file
 * @returns {ExportedName[]}
 */
export function listExportedNames(file, seen = new Map()) {
  const known = seen.get(file)
  if (known !== undefined) return known
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023, true)
  const names = source.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) return followExport(file, source, statement, seen)
    if (!ts.canHaveModifiers(statement)) return []
    if (!ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return []
    return namesOf(statement).map((name) => ({
      name,
      file: relative(root, file),
      documented: ts.getJSDocCommentsAndTags(statement).length > 0,
    }))
  })
  seen.set(file, names)
  return names
}

/**
 * @param {string} file @param {ts.SourceFile} source @param {ts.ExportDeclaration} statement
 * @param {Map<string, ExportedName[]>} seen
 * @returns {ExportedName[]}
 */
function followExport(file, source, { moduleSpecifier, exportClause }, seen) {
  if (exportClause === undefined || !ts.isNamedExports(exportClause))
    throw new Error(`${relative(root, file)} exports without naming what`)
  const wanted = exportClause.elements.map(({ name, propertyName }) => ({
    name: name.text,
    declared: (propertyName ?? name).text,
  }))
  const names =
    moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier)
      ? listExportedNames(join(dirname(file), moduleSpecifier.text), seen)
      : source.statements.flatMap((statement) =>
          namesOf(statement).map((name) => ({
            name,
            file: relative(root, file),
            documented: ts.getJSDocCommentsAndTags(statement).length > 0,
          })),
        )
  return wanted.map(({ name, declared }) => {
    const found = names.filter((one) => one.name === declared)
    if (found.length === 0) throw new Error(`${relative(root, file)} exports ${declared}, which is not there`)
    return {
      name,
      file: found[0]?.file ?? '',
      documented: found.some(({ documented }) => documented),
    }
  })
}

/** @param {ts.Statement} statement @returns {string[]} */
function namesOf(statement) {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText())
  if (
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  )
    return statement.name === undefined ? [] : [statement.name.text]
  return []
}
