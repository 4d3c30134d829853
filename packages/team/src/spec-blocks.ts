/** A heading, a list item or anything else, with the lines that belong to it. */
export type Block = Heading | Item | Paragraph

export interface Heading {
  readonly kind: 'heading'
  readonly level: number
  readonly text: string
  readonly lines: string[]
}

export interface Item {
  readonly kind: 'item'
  readonly indent: number
  readonly box: 'open' | 'done' | 'none'
  /** The item's number in a numbered list. */
  readonly number?: number
  /** The first line without its marker and box. */
  readonly text: string
  /** Its first line, what continues it, and what is nested in it, as written. */
  readonly lines: string[]
}

export interface Paragraph {
  readonly kind: 'text'
  readonly lines: string[]
}

/** The blocks of a Markdown text, and the title of its front matter. */
export interface Blocks {
  readonly title?: string
  readonly blocks: readonly Block[]
}

/** Characters of a line that patterns look at; the rest of a longer line is only text. */
const lookMax = 2000
/** Nested items that keep their own lines; deeper ones belong to those above. */
const nestingMax = 8
const headingPattern = /^ {0,3}(#{1,6})[ \t]+(\S.*)$/
const itemPattern = /^([ \t]*)(?:[-*+]|(\d{1,9})[.)])[ \t]+(\S.*)$/
const boxPattern = /^\[([ xX]?)\](?:[ \t]+|$)/
const fencePattern = /^[ \t>]*(`{3,}|~{3,})/
const rulePattern = /^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/

/** Splits a text with `\n` line ends into its blocks. What stands in code fences and comments is never a block of its own. */
export function parseBlocks(text: string): Blocks {
  const lines = text.split('\n')
  const matter = frontMatter(lines)
  const reader = new BlockReader()
  for (const line of lines.slice(matter?.length ?? 0)) reader.read(line)
  const { blocks } = reader
  return matter?.title === undefined ? { blocks } : { title: matter.title, blocks }
}

function frontMatter(lines: readonly string[]): { length: number; title?: string } | undefined {
  if (lines[0]?.trimEnd() !== '---') return undefined
  const end = lines.slice(0, 200).findIndex((line, at) => at > 0 && /^(?:---|\.\.\.)[ \t]*$/.test(line))
  if (end < 0) return undefined
  const title = lines
    .slice(1, end)
    .map((line) => /^title:[ \t]*["']?(\S.*)$/i.exec(line.slice(0, lookMax))?.[1])
    .find((found) => found !== undefined)
    ?.trim()
    .replace(/["']$/, '')
  return title ? { length: end + 1, title } : { length: end + 1 }
}

/** Reads line by line; holds what is open: a fence, a comment, the items that an indented line belongs to. */
class BlockReader {
  readonly blocks: Block[] = []
  #fence: string | undefined
  #isComment = false
  #open: Item[] = []
  #wasBlank = true
  /** Whether the line before is prose, which an underline makes a heading. */
  #isAfterProse = false

  read(line: string): void {
    const look = line.slice(0, lookMax)
    const isBlank = look.trim() === ''
    if (!isBlank && this.#wasBlank && this.#fence === undefined) this.#leave(indentOf(look))
    const isProse = this.#readLine(look, line, isBlank)
    this.#isAfterProse = isProse && this.#open.length === 0
    this.#wasBlank = isBlank
  }

  /** Whether the line is prose. */
  #readLine(look: string, line: string, isBlank: boolean): boolean {
    const isOpaque = this.#readFence(look) || this.#readComment(look)
    if (!isOpaque && !isBlank) {
      if (this.#readHeading(look) || this.#readUnderline(look) || this.#readItem(look, line)) return false
    }
    const isRule = !isOpaque && rulePattern.test(look)
    if (isRule) this.#open = []
    this.#append(line)
    return !isOpaque && !isBlank && !isRule
  }

  #readFence(look: string): boolean {
    const mark = fencePattern.exec(look)?.[1]
    if (this.#fence === undefined) {
      const isInline = mark?.startsWith('`') && look.lastIndexOf('`') >= look.indexOf('`') + mark.length
      if (mark !== undefined && !isInline) this.#fence = mark
      return this.#fence !== undefined
    }
    const closes = mark?.[0] === this.#fence[0] && (mark?.length ?? 0) >= this.#fence.length
    if (closes && /^[ \t>]*[`~]+[ \t]*$/.test(look)) this.#fence = undefined
    return true
  }

  #readComment(look: string): boolean {
    if (!this.#isComment) {
      if (!/^[ \t]*<!--/.test(look)) return false
      this.#isComment = !look.includes('-->')
      return true
    }
    this.#isComment = !look.includes('-->')
    return true
  }

  #readHeading(look: string): boolean {
    const found = headingPattern.exec(look)
    if (!found) return false
    const text = (found[2] ?? '').trimEnd().replace(/[ \t]#+$/, '')
    this.#heading((found[1] ?? '').length, text, look)
    return true
  }

  /** `Title` over `=====` or `-----`. */
  #readUnderline(look: string): boolean {
    const mark = /^ {0,3}(=+|-{2,})[ \t]*$/.exec(look)?.[1]
    const last = this.blocks.at(-1)
    if (!mark || !this.#isAfterProse || last?.kind !== 'text') return false
    const title = last.lines.pop() ?? ''
    if (last.lines.length === 0) this.blocks.pop()
    this.#heading(mark.startsWith('=') ? 1 : 2, title.slice(0, lookMax).trim(), title)
    return true
  }

  #heading(level: number, text: string, line: string): void {
    this.#open = []
    this.blocks.push({ kind: 'heading', level, text, lines: [line] })
  }

  #readItem(look: string, line: string): boolean {
    const found = itemPattern.exec(look)
    if (!found || rulePattern.test(look)) return false
    const indent = widthOf(found[1] ?? '')
    if (indent > 3 && this.#open.length === 0) return false
    const box = boxPattern.exec(found[3] ?? '')
    const item: Item = {
      kind: 'item',
      indent,
      box: box ? (box[1]?.toLowerCase() === 'x' ? 'done' : 'open') : 'none',
      ...(found[2] === undefined ? {} : { number: Number(found[2]) }),
      text: (found[3] ?? '').slice(box?.[0].length ?? 0).trim(),
      lines: [line],
    }
    this.#open = this.#open.filter((open) => open.indent + 2 <= indent)
    for (const parent of this.#open) parent.lines.push(line)
    if (this.#open.length < nestingMax) this.#open.push(item)
    this.blocks.push(item)
    return true
  }

  /** After a blank line, what stands further left than an item's text has left the item. */
  #leave(indent: number): void {
    this.#open = this.#open.filter((open) => open.indent < indent)
  }

  #append(line: string): void {
    if (this.#open.length > 0) {
      for (const item of this.#open) item.lines.push(line)
      return
    }
    const last = this.blocks.at(-1)
    if (last?.kind === 'text') last.lines.push(line)
    else this.blocks.push({ kind: 'text', lines: [line] })
  }
}

const indentOf = (line: string): number => widthOf(/^[ \t]*/.exec(line)?.[0] ?? '')

function widthOf(space: string): number {
  let width = 0
  for (const character of space) width += character === '\t' ? 4 - (width % 4) : 1
  return width
}
