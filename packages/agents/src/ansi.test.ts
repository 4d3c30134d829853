import { describe, expect, it } from 'vitest'
import { parseScreen, typedText } from './ansi.ts'

const typed = (line: string): string => typedText(parseScreen(line)[0]?.cells ?? [])

describe('typedText', () => {
  it.each([
    ['\u001b[38;2;153;153;153mmy draft', 'my draft'],
    ['\u001b[48;5;2mmy draft', 'my draft'],
    ['\u001b[7mT\u001b[0;2mry this\u001b[0m', ''],
    ['my \u001b[7md\u001b[0mraft', 'my draft'],
    ['\u001b[2mgrey \u001b[22mmine', 'mine'],
    ['\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\', 'link'],
  ])('of %j is %j', (line, text) => {
    expect(typed(line)).toBe(text)
  })
})

describe('parseScreen', () => {
  it('carries attributes over line ends', () => {
    const [, second] = parseScreen('\u001b[2mgrey\nstill grey')
    expect(second?.cells.every((cell) => cell.dim)).toBe(true)
  })
})
