import { comment, commentStyle, extensionOf, headLines } from './comment.ts'
import type { Section } from './section.ts'

/** How a `.js` file exports: what the nearest package.json says, `esm` where there is none. */
export type ModuleKind = 'esm' | 'cjs'

type Writer = (section: Section, path: string, moduleKind: ModuleKind) => string

const quoted = (text: string): string => JSON.stringify(text)
const shellQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** The fields of a task as a row of a CSV file. */
export function csvRow(section: Section): string {
  const field = (text: string): string => `"${text.replaceAll('"', '""')}"`
  return `${field(section.id)},${field(section.title)},${section.value}`
}

function docComment(section: Section): string {
  const lines = headLines(section).map((line) => ` * ${line.replaceAll('*/', '* /')}`)
  return `/**\n${lines.join('\n')}\n */`
}

function script(section: Section, typed: boolean): string {
  const type = typed ? ': { task: string; value: number }' : ''
  return `function ${section.name}()${type} {\n  return { task: ${quoted(section.id)}, value: ${section.value} }\n}\n`
}

const esm: Writer = (section) => `${docComment(section)}\nexport ${script(section, false)}`
const cjs: Writer = (section) =>
  `${docComment(section)}\n${script(section, false)}\nmodule.exports = { ${section.name} }\n`
const typescript: Writer = (section) => `${docComment(section)}\nexport ${script(section, true)}`

const declaration: Writer = (section) =>
  `${docComment(section)}\nexport declare function ${section.name}(): { task: string; value: number }\n`

const json: Writer = (section) =>
  `${JSON.stringify({ task: section.id, title: section.title, note: section.note, value: section.value }, null, 2)}\n`

const notebook: Writer = (section) => {
  const cell = { cell_type: 'markdown', metadata: {}, source: headLines(section).map((line) => `${line}\n`) }
  return `${JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 4 }, null, 1)}\n`
}

const markdown: Writer = (section) =>
  `# ${escaped(section.title)}\n\n${section.note}\n\n- Task: ${escaped(section.id)}\n- Value: ${section.value}\n`

const shell: Writer = (section, path) =>
  `#!/bin/sh\n${comment('hash', headLines(section))}\nset -eu\n\nprintf '%s\\n' ${shellQuoted(`${path}: ${section.id}`)}\n`

const python: Writer = (section) => {
  const name = section.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  const body = `    return {"task": ${quoted(section.id)}, "value": ${section.value}}`
  return `${comment('hash', headLines(section))}\n\n\ndef ${name}():\n${body}\n`
}

const html: Writer = (section) =>
  `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>${escaped(section.title)}</title>
  </head>
  <body>
    <h1>${escaped(section.title)}</h1>
    <p>${escaped(section.note)}</p>
  </body>
</html>
`

const css: Writer = (section) =>
  `${comment('star', headLines(section))}\n.${section.name} {\n  order: ${section.value};\n}\n`

const yaml: Writer = (section) =>
  `task: ${quoted(section.id)}\ntitle: ${quoted(section.title)}\nnote: ${quoted(section.note)}\nvalue: ${section.value}\n`

const toml: Writer = (section) =>
  `task = ${quoted(section.id)}\ntitle = ${quoted(section.title)}\nvalue = ${section.value}\n`

const xml: Writer = (section) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${comment('angle', headLines(section))}\n<task id="${escaped(section.id)}" value="${section.value}"/>\n`

const svg: Writer = (section) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16">\n  <title>${escaped(section.title)}</title>\n</svg>\n`

const csv: Writer = (section) => `task,title,value\n${csvRow(section)}\n`

const go: Writer = (section) => `${comment('slash', headLines(section))}\npackage main\n`
const sql: Writer = (section) => `${comment('dash', headLines(section))}\nSELECT ${section.value};\n`
const dockerfile: Writer = (section) => `${comment('hash', headLines(section))}\nFROM scratch\n`
const plain: Writer = (section, path) => `${comment(commentStyle(path), headLines(section))}\n`

const writers: Readonly<Record<string, Writer>> = {
  js: (section, path, moduleKind) => (moduleKind === 'cjs' ? cjs : esm)(section, path, moduleKind),
  jsx: esm,
  mjs: esm,
  cjs,
  ts: typescript,
  tsx: typescript,
  mts: typescript,
  cts: typescript,
  json,
  jsonc: json,
  json5: json,
  ipynb: notebook,
  md: markdown,
  markdown,
  mdx: markdown,
  sh: shell,
  bash: shell,
  py: python,
  html,
  htm: html,
  css,
  scss: css,
  less: css,
  yaml,
  yml: yaml,
  toml,
  xml,
  svg,
  csv,
  go,
  sql,
}

/** The whole of a new file, in the language of its name; it parses, and claims nothing. */
export function newFile(path: string, section: Section, moduleKind: ModuleKind): string {
  const base = path.split('/').at(-1) ?? ''
  if (/^(?:docker|container)file\b/i.test(base)) return dockerfile(section, path, moduleKind)
  if (/\.d\.[cm]?ts$/i.test(base)) return declaration(section, path, moduleKind)
  return (writers[extensionOf(path)] ?? plain)(section, path, moduleKind)
}
