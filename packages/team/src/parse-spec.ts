import { printable, shorten } from './printable.ts'
import { slugOf } from './slug.ts'
import type { Spec, SpecTask } from './spec.ts'
import { type Block, parseBlocks } from './spec-blocks.ts'
import { linkTasks } from './spec-dependencies.ts'
import { filesNamedIn } from './spec-files.ts'
import { ownerNamedIn } from './spec-references.ts'
import { type Candidate, findCandidates } from './spec-sections.ts'
import { badSpec, cleanSpecText } from './spec-text.ts'

/** Tasks that one spec may have. */
export const specTasksMax = 500

const titleMax = 100
/** `Task 3: …`, `T3 — …`, `3. …`. */
const labels = [
  /^(?:task|step|ticket|story|work item|work package|todo)\b\s*#?(\d{1,4})\b(?:\s*[:.)—–-])?\s*/i,
  /^[t#](\d{1,4})\s*[:.)—–-]\s*/i,
  /^(\d{1,3})[:.)]\s+/,
]
const lead = /^(?:task|step|ticket|story|work item|work package|todo)\s*[:—–-]\s*/i

/** A closing remark about owner or order, which is no part of a title. */
const aside =
  /\s*[([](?:owner|assignee|assigned to|after|depends on|blocked by|needs|requires)\b[^()[\]]{0,200}[)\]][.]?$/i

/**
 * The title and the tasks of a Markdown spec. Tasks are, by the first of these that the document has:
 * headings `## Task: …`; open checklist items and the list below a heading such as Tasks or Todo; the list below
 * Plan, Requirements, Features, …; the second-level sections; the whole document. Code fences, comments and done
 * boxes make no task; items nested in a task belong to it.
 *
 * Everything in the result but ids and slug is foreign text: print and brief it as data.
 *
 * @throws TeamError `BAD_SPEC` when it is empty, binary, above 1 MiB or has more than 500 tasks.
 */
export function parseSpec(markdown: string): Spec {
  const text = cleanSpecText(markdown)
  const { blocks, title: matterTitle } = parseBlocks(text)
  const title = titleOf(blocks, matterTitle)
  const found = findCandidates(blocks)
  if (found.length > specTasksMax) {
    const message = `cannot use the spec: it has ${found.length} tasks, more than ${specTasksMax}`
    throw badSpec('too-many-tasks', message, 'split it into several specs')
  }
  const whole = { text: title, lines: text.split('\n') }
  const drafts = (found.length > 0 ? found : [whole]).map(draftOf)
  const { dependsOn, warnings } = linkTasks(drafts)
  const tasks = drafts.map((draft): SpecTask => {
    const owner = ownerNamedIn(draft.prose)
    const { id, body, files } = draft
    const task = { id, title: draft.title, body, files, dependsOn: dependsOn.get(id) ?? [] }
    return owner === undefined ? task : { ...task, ownerHint: owner }
  })
  return { title, slug: slugOf(title), words: text.match(/\S+/g)?.length ?? 0, tasks, warnings }
}

interface Draft {
  readonly id: string
  readonly title: string
  readonly body: string
  readonly files: readonly string[]
  readonly prose: string
  readonly label?: number
}

function draftOf(candidate: Candidate, at: number): Draft {
  const { text, lines, number } = candidate
  const plain = plainText(text)
  const own = labels.map((pattern) => pattern.exec(plain)).find((match) => match !== null)
  const title = (own ? plain.slice(own[0].length) : plain.replace(lead, '')).replace(aside, '')
  const given = own ? Number(own[1]) : number
  return {
    id: `t${at + 1}`,
    title: shorten(title.trim() || plain || `Task ${at + 1}`, titleMax),
    body: lines.join('\n').trim(),
    files: filesNamedIn(lines),
    prose: proseOf(lines),
    ...(given === undefined ? {} : { label: given }),
  }
}

/** The lines of a task up to its first fence; what follows is rarely about order or owners. */
function proseOf(lines: readonly string[]): string {
  const fence = lines.findIndex((line) => /^[ \t>]*(?:`{3}|~{3})/.test(line.slice(0, 200)))
  return (fence < 0 ? lines : lines.slice(0, fence))
    .slice(0, 200)
    .map((line) => line.slice(0, 1000).replace(/^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]?\])?/, ''))
    .join('\n')
}

function titleOf(blocks: readonly Block[], matterTitle: string | undefined): string {
  const headings = blocks.filter((block) => block.kind === 'heading')
  const first = headings.find((heading) => heading.level === 1)?.text ?? matterTitle ?? headings[0]?.text
  const texts = [
    first,
    ...blocks.map((block) => (block.kind === 'text' ? firstLine(block.lines) : block.text)),
  ]
  const title = texts.map((text) => plainText(text ?? '')).find((text) => text !== '')
  return shorten(title ?? 'Spec', titleMax)
}

const firstLine = (lines: readonly string[]): string => lines.find((line) => line.trim() !== '') ?? ''

/** One line without Markdown's marks, control and invisible characters. */
function plainText(markdown: string): string {
  const text = markdown
    .slice(0, 1000)
    .replace(/!?\[([^\]]{0,300})\]\([^)]{0,500}\)/g, '$1')
    .replace(/[`*]+|~~|__/g, '')
    .replace(/\s+/g, ' ')
  return printable(text, 1000).trim()
}
