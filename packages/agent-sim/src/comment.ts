import type { Section } from './section.ts'

export type CommentStyle = 'slash' | 'hash' | 'angle' | 'star' | 'dash' | 'semicolon' | 'none'

const styles: readonly (readonly [CommentStyle, string])[] = [
  [
    'slash',
    'js mjs cjs ts mts cts jsx tsx go rs java c h cc cpp hpp cs kt kts swift scala dart php jsonc json5 proto zig groovy',
  ],
  [
    'hash',
    'sh bash zsh py rb pl yaml yml toml conf cfg env tf tfvars hcl mk cmake r jl ex exs nix properties ps1 gitignore dockerignore editorconfig',
  ],
  ['angle', 'html htm xml svg vue svelte xhtml xsl md markdown mdx'],
  ['star', 'css scss less'],
  ['dash', 'sql lua hs'],
  ['semicolon', 'ini asm'],
]
const byExtension = new Map(
  styles.flatMap(([style, list]) => list.split(' ').map((name) => [name, style] as const)),
)
const hashNames =
  /^(?:dockerfile|containerfile|makefile|justfile|gemfile|rakefile|procfile|brewfile|vagrantfile)\b/i

/** The extension in lower case: `ts`; a dotfile's name without the dot; empty when there is none. */
export function extensionOf(path: string): string {
  const base = path.split('/').at(-1) ?? ''
  const dot = base.lastIndexOf('.')
  return dot < 0 ? '' : base.slice(dot + 1).toLowerCase()
}

/** How a file of this name writes comments; `none` for plain text and what is not known. */
export function commentStyle(path: string): CommentStyle {
  if (hashNames.test(path.split('/').at(-1) ?? '')) return 'hash'
  return byExtension.get(extensionOf(path)) ?? 'none'
}

/** The lines as comments that nothing in them can end. */
export function comment(style: CommentStyle, lines: readonly string[]): string {
  const before = (mark: string): string =>
    lines.map((line) => `${mark} ${line.replaceAll('\\', '/').replace(/[?/]+$/, '')}`).join('\n')
  switch (style) {
    case 'slash':
      return before('//')
    case 'hash':
      return before('#')
    case 'dash':
      return before('--')
    case 'semicolon':
      return before(';')
    case 'star':
      return `/* ${lines.join('\n   ').replaceAll('*/', '* /')} */`
    case 'angle':
      return `<!-- ${lines.join('\n     ').replace(/-{2,}/g, '-').replace(/-?>/g, '')} -->`
    case 'none':
      return lines.join('\n')
  }
}

/** What every file says of the task it was written for. */
export function headLines(section: Section): readonly string[] {
  const again = section.number > 1 ? ` (${section.number})` : ''
  return [`${section.id}: ${section.title}${again}`, section.note]
}
