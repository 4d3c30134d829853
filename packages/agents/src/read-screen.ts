import { parseScreen, type ScreenLine } from './ansi.ts'
import { errorOfText } from './error-kind.ts'
import type { Notice, ScreenReading } from './screen.ts'
import { type FoundBox, findBox } from './screen-box.ts'
import type { RulePlace, ScreenRule, ScreenRules } from './screen-rules.ts'
import { beginsIn, type RuleLine, ruleLines, screenWidth } from './screen-text.ts'

const tailLines = 24

/** Reads a captured screen (with attributes) by a program's rules. */
export function readScreen(screen: string, rules: ScreenRules): ScreenReading {
  const lines = parseScreen(screen)
  if (lines.every((line) => line.text === '')) return { kind: 'blank' }
  const width = screenWidth(lines)
  const box = rules.box && findBox(lines, rules.box)
  if (!box) {
    const shown = ruleLines(lines, width).filter(({ text }) => text !== '')
    const tail = findDialog(shown.slice(-tailLines), rules, 'tail')
    return tail ?? findDialog(shown.slice(-1), rules, 'last') ?? { kind: 'unknown' }
  }
  const below = ruleLines(lines.slice(box.end), width)
  const dialog = findDialog(below, rules, 'below')
  return dialog ?? readPrompt(lines.slice(0, box.start), below, box, width, rules)
}

function findDialog(
  lines: readonly RuleLine[],
  rules: ScreenRules,
  where: RulePlace,
): ScreenReading | undefined {
  for (const rule of rules.rules) {
    const asks = rule.says
    if (rule.where !== where || !(asks === 'permission' || asks === 'question' || asks === 'start')) continue
    const found = lines.find((line) => fits(rule, line.text, line.line))
    if (found) return { kind: 'dialog', asks, title: found.text }
  }
  return undefined
}

function readPrompt(
  above: readonly ScreenLine[],
  below: readonly RuleLine[],
  box: FoundBox,
  width: number,
  rules: ScreenRules,
): ScreenReading {
  const blocks = lastBlocks(above, width, rules)
  const inBlock = blocks[0] && turnRule(blocks[0], rules)
  const underBox = rules.rules.filter((rule) => rule.where === 'below')
  const found = (says: ScreenRule['says']): RuleLine | undefined =>
    below.find((line) => underBox.some((rule) => rule.says === says && fits(rule, line.text, line.line)))
  const working = found('working') !== undefined || inBlock?.says === 'working'
  const prompt = { kind: 'prompt', box: box.text, working } as const
  if (working) return prompt
  const banner = found('limited')
  if (banner || inBlock?.says === 'limited')
    return { ...prompt, notice: limitNotice(blocks, below, banner, rules) }
  if (inBlock?.says !== 'error' || !blocks[0]) return prompt
  const { text } = blocks[0]
  return { ...prompt, notice: { kind: 'error', error: inBlock.error ?? errorOfText(text), text } }
}

/** Every line of the last turn that tells of the limit: one may name the time zone that another leaves out. */
function limitNotice(
  blocks: readonly Block[],
  below: readonly RuleLine[],
  banner: RuleLine | undefined,
  rules: ScreenRules,
): Notice {
  const told = blocks.filter((block) => turnRule(block, rules)?.says === 'limited').map(({ text }) => text)
  const text = [...(banner ? [banner.text] : []), ...told].join(' · ')
  const all = [text, ...below.map((line) => line.text)].join(' ')
  return { kind: 'limited', text, continuesItself: /continu\w+ automatically/i.test(all) }
}

interface Block {
  readonly text: string
  readonly line: ScreenLine
}

function turnRule(block: Block, rules: ScreenRules): ScreenRule | undefined {
  return rules.rules.find(
    (rule) => rule.where === 'turn' && rule.says !== 'noise' && fits(rule, block.text, block.line),
  )
}

/** The blocks of output since the last message that was sent, the newest first. */
function lastBlocks(above: readonly ScreenLine[], width: number, rules: ScreenRules): readonly Block[] {
  const sent = rules.sent ? above.findLastIndex((line) => rules.sent?.test(line.text)) : -1
  const noise = rules.rules.filter((rule) => rule.where === 'turn' && rule.says === 'noise')
  const lines = ruleLines(above.slice(Math.max(sent, 0)), width).filter(
    (line) => !noise.some((rule) => line.text !== '' && fits(rule, line.text, line.line)),
  )
  const blocks: Block[] = []
  let open: Block | undefined
  for (const { text, line } of lines) {
    if (text === '') open = undefined
    else if (!open || rules.block?.test(line.text)) {
      open = { text, line }
      blocks.unshift(open)
    } else {
      open = { text: `${open.text} ${text}`, line: open.line }
      blocks[0] = open
    }
  }
  return blocks
}

function fits(rule: ScreenRule, text: string, line: ScreenLine): boolean {
  return rule.match.test(text) && (rule.hue === undefined || beginsIn(line, rule.hue))
}
