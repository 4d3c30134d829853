import { endingOf, languageOf } from './languages.ts'

const fileLimit = 50
const bareEndings: ReadonlySet<string> = new Set([
  ...['md', 'mdx', 'markdown', 'txt', 'rst', 'adoc', 'tex', 'json', 'jsonl', 'json5', 'yaml', 'yml', 'toml'],
  ...[
    'ini',
    'cfg',
    'conf',
    'properties',
    'xml',
    'xsd',
    'csv',
    'tsv',
    'sql',
    'graphql',
    'gql',
    'proto',
    'prisma',
  ],
  ...[
    'tf',
    'tfvars',
    'hcl',
    'service',
    'timer',
    'socket',
    'lock',
    'svg',
    'ipynb',
    'gradle',
    'tmpl',
    'j2',
    'rego',
  ],
  ...['cmake', 'mk', 'bat', 'cmd', 'awk', 'sed', 'sol', 'nix', 'wat', 'glsl', 'http', 'bats', 'feature'],
])
const bareNames: ReadonlySet<string> = new Set([
  ...[
    'makefile',
    'dockerfile',
    'containerfile',
    'jenkinsfile',
    'procfile',
    'gemfile',
    'rakefile',
    'vagrantfile',
  ],
  ...['caddyfile', 'justfile', 'license', 'codeowners', 'readme', 'changelog', 'brewfile', 'snakefile'],
  ...['.gitignore', '.gitattributes', '.dockerignore', '.editorconfig', '.npmrc', '.nvmrc', '.prettierrc'],
  ...['.env.example', '.eslintrc', '.babelrc', '.bashrc', '.profile', '.htaccess', '.mailmap'],
])
/** Products that are written like files. */
const products: ReadonlySet<string> = new Set([
  ...['node.js', 'next.js', 'vue.js', 'nuxt.js', 'react.js', 'express.js', 'three.js', 'd3.js', 'ember.js'],
  ...['angular.js', 'backbone.js', 'chart.js', 'socket.io', 'asp.net', 'alpine.js', 'moment.js', 'p5.js'],
])

/**
 * The files that a Markdown text names: relative paths in backticks, and bare names with a usual ending. Code
 * fences, link targets and addresses name none.
 */
export function filesNamedIn(lines: readonly string[]): readonly string[] {
  const found = new Set<string>()
  for (const line of linesOutsideFences(lines)) {
    for (const path of pathsIn(line)) {
      if (found.size >= fileLimit) return [...found]
      found.add(path)
    }
  }
  return [...found]
}

function pathsIn(line: string): readonly string[] {
  if (!/[.`]/.test(line)) return []
  const text = line.slice(0, 4000).replace(/\]\([^)\s]{0,500}\)/g, '] ')
  const quoted = Array.from(text.matchAll(/`([^`]{1,200})`/g), (match) => toPath(match[1] ?? '', true))
  const bare = text
    .replace(/`[^`]*`/g, ' ')
    .split(/[\s()[\]{}<>"'“”„‘’,;|*]+/)
    .map((word) => toPath(word.replace(/[.:!?]+$/, ''), false))
  return [...quoted, ...bare].filter((path) => path !== undefined)
}

/** A relative file path in its shortest form, or `undefined` when the text is no such path. */
function toPath(text: string, isQuoted: boolean): string | undefined {
  if (text.length === 0 || text.length > 200 || text.endsWith('/') || text.trim() !== text) return undefined
  if (
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\\$(){}[\]=;|&<>*?"'!`^%#~:,@]/u.test(
      text,
    )
  ) {
    return undefined
  }
  if (text.startsWith('/') || text.startsWith('-') || text.includes('//')) return undefined
  if (!isQuoted && text.startsWith('www.')) return undefined
  const parts = text.split('/').filter((part) => part !== '.')
  if (parts.some((part) => part === '..' || part.toLowerCase() === '.git' || part.startsWith('-')))
    return undefined
  if (parts.some((part) => part.trim() !== part) || isCommand(text)) return undefined
  const name = parts.at(-1) ?? ''
  return looksLikeFile(name, parts.length > 1, isQuoted) ? parts.join('/') : undefined
}

/** A text with a space is rather `node app.js` than a path, unless its first word is a folder on the way. */
function isCommand(text: string): boolean {
  const [first = '', ...rest] = text.split(' ')
  return rest.length > 0 && (!first.includes('/') || first.startsWith('./') || /\.\w+$/.test(first))
}

function looksLikeFile(name: string, hasFolder: boolean, isQuoted: boolean): boolean {
  const lower = name.toLowerCase()
  const ending = endingOf(lower)
  if (products.has(lower)) return false
  if (isQuoted && bareNames.has(lower)) return true
  if (name.includes(' ') && !(isQuoted && ending !== '')) return false
  if (languageOf(lower) !== undefined || bareEndings.has(ending))
    return ending !== '' && /\w\.\w+$/u.test(lower)
  return hasFolder && isQuoted && (/^[a-z][a-z0-9]{0,9}$/.test(ending) || bareNames.has(lower))
}

function* linesOutsideFences(lines: readonly string[]): Generator<string> {
  let fence: string | undefined
  for (const line of lines) {
    const mark = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})/.exec(line.slice(0, 200))?.[1]
    if (mark === undefined) {
      if (fence === undefined) yield line
    } else if (fence === undefined) fence = mark
    else if (mark[0] === fence[0] && mark.length >= fence.length) fence = undefined
  }
}
