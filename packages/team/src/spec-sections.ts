import type { Block, Heading, Item } from './spec-blocks.ts'

/** A heading or an item that is a task, with the lines that describe it. */
export interface Candidate {
  readonly text: string
  readonly lines: readonly string[]
  readonly number?: number
}

const taskHeading =
  /^(?:task|step|ticket|story|work item|work package|todo)\b(?:\s+#?\d+)?\s*[:.)—–-]\s*\S|^t\d+\s*[:.)—–-]\s*\S|^(?:task|step)\s+#?\d+$/i
const numberedHeading = /^\d{1,3}[.):]\s+\S/
const strong = /\b(?:tasks|to-?dos|to do|backlog|work items|work packages)\b/i
const strongAlone = /^(?:[\d.]+\s+)?(?:tasks?|to-?dos?|to do|backlog|work items?|work packages?)[\s:]*$/i
const weak =
  /\b(?:work|plan|steps?|requirements?|features?|deliverables?|implementation|milestones?|user stories|stories|scope|changes)\b/i
/** Sections that say how or why, not what. */
const meta =
  /^(?:[\d.]+\s+)?(?:overview|introduction|intro|background|context|summary|abstract|motivation|why|goals?|non-?goals?|out of scope|not in scope|acceptance|success|definition of done|done when|criteria|verif\w*|checks?|quality|review|release checklist|notes?|references?|links?|glossary|terms|(?:open )?questions?|faq|constraints?|assumptions?|risks?|licen[cs]e|authors?|table of contents|contents|appendix|changelog|history|status|example)\b/i

interface Placed {
  readonly block: Item
  readonly path: readonly Heading[]
  /** Whether an item above it is a task or a box already. */
  readonly isNested: boolean
}

/** What in the document is a task, by the strongest sign that it gives; empty when it gives none. */
export function findCandidates(blocks: readonly Block[]): readonly Candidate[] {
  const items = placeItems(blocks)
  for (const look of [headedTasks, listedTasks, weaklyListedTasks, sections, numberedTasks]) {
    const found = look(blocks, items)
    if (found.length > 0) return found
  }
  return []
}

/** `## Task: …`, `### T2 — …`, and `### 1. …` below a heading such as Tasks. */
function headedTasks(blocks: readonly Block[]): readonly Candidate[] {
  const paths = headingPaths(blocks)
  return bodiesOf(blocks, (heading) => {
    if (heading.level > 1 && taskHeading.test(heading.text)) return true
    const above = paths.get(heading) ?? []
    return numberedHeading.test(heading.text) && above.some((parent) => isStrong(parent))
  })
}

/** Open boxes anywhere but in sections about acceptance and the like; list items below Tasks, Todo, … */
function listedTasks(blocks: readonly Block[], items: readonly Placed[]): readonly Candidate[] {
  const boxed = new Set(
    items.filter((item) => item.block.box !== 'none').flatMap((item) => lastOf(item.path)),
  )
  const chosen = items.filter(({ block, path, isNested }) => {
    if (isNested || path.some(isMeta)) return false
    if (block.box !== 'none') return block.box === 'open'
    return path.some(isStrong) && !lastOf(path).some((heading) => boxed.has(heading))
  })
  if (chosen.length > 0) return chosen.map(({ block }) => block)
  return items.some((item) => item.block.box !== 'none') ? [] : subheadings(blocks)
}

/** `### …` below Tasks when there is no list at all. */
function subheadings(blocks: readonly Block[]): readonly Candidate[] {
  const paths = headingPaths(blocks)
  return bodiesOf(blocks, (heading) => (paths.get(heading) ?? []).slice(-1).some(isStrong))
}

/** List items below Requirements, Plan, Features, … */
function weaklyListedTasks(_: readonly Block[], items: readonly Placed[]): readonly Candidate[] {
  return items
    .filter(({ block, path, isNested }) => {
      if (isNested || block.box === 'done') return false
      return lastOf(path).some((heading) => weak.test(heading.text) && !meta.test(heading.text))
    })
    .map(({ block }) => block)
}

/** Each second-level section that says what is to be done. */
function sections(blocks: readonly Block[]): readonly Candidate[] {
  const found = bodiesOf(blocks, (heading) => heading.level === 2 && !meta.test(heading.text))
  return found.length > 1 ? found : []
}

/** A numbered list in a document without sections. */
function numberedTasks(_: readonly Block[], items: readonly Placed[]): readonly Candidate[] {
  const isTask = ({ block, path, isNested }: Placed): boolean =>
    block.number !== undefined && block.box !== 'done' && !isNested && !path.some(isMeta)
  const found = items.filter(isTask).map(({ block }) => block)
  return found.length > 1 ? found : []
}

const isMeta = (heading: Heading): boolean => heading.level > 1 && meta.test(heading.text)

function isStrong(heading: Heading): boolean {
  if (strongAlone.test(heading.text)) return true
  return heading.level > 1 && strong.test(heading.text) && !meta.test(heading.text)
}

const lastOf = (path: readonly Heading[]): readonly Heading[] => path.slice(-1)

function headingPaths(blocks: readonly Block[]): ReadonlyMap<Heading, readonly Heading[]> {
  const paths = new Map<Heading, readonly Heading[]>()
  let path: readonly Heading[] = []
  for (const block of blocks) {
    if (block.kind !== 'heading') continue
    path = path.filter((heading) => heading.level < block.level)
    paths.set(block, path)
    path = [...path, block]
  }
  return paths
}

function placeItems(blocks: readonly Block[]): readonly Placed[] {
  const placed: Placed[] = []
  let path: readonly Heading[] = []
  let above: Item[] = []
  for (const block of blocks) {
    if (block.kind === 'heading') path = [...path.filter((heading) => heading.level < block.level), block]
    if (block.kind !== 'item') {
      above = []
      continue
    }
    above = above.filter((item) => item.indent + 2 <= block.indent).slice(-8)
    const isNested = above.some(
      (item) => item.box !== 'none' || (block.box === 'none' && item.box === 'none'),
    )
    placed.push({ block, path, isNested })
    above.push(block)
  }
  return placed
}

/** Each chosen heading with everything up to the next heading of its own level or above. */
function bodiesOf(blocks: readonly Block[], isChosen: (heading: Heading) => boolean): readonly Candidate[] {
  const found: { text: string; level: number; lines: string[] }[] = []
  let isOpen = false
  let itemEnd: Item | undefined
  for (const block of blocks) {
    const current = found.at(-1)
    if (block.kind === 'heading') {
      itemEnd = undefined
      if (isOpen && current && block.level <= current.level) isOpen = false
      if (!isOpen && isChosen(block)) {
        found.push({ text: block.text, level: block.level, lines: [...block.lines] })
        isOpen = true
        continue
      }
    }
    if (!isOpen || !current) continue
    if (block.kind === 'item') {
      const isInside = itemEnd !== undefined && itemEnd.indent + 2 <= block.indent
      if (isInside) continue
      itemEnd = block
    } else itemEnd = undefined
    for (const line of block.lines) current.lines.push(line)
  }
  return found
}
