import { expect, it } from 'vitest'
import { fixtureScreen } from '../test/fixture-screens.ts'
import { landmark, rowMark } from './landmark.ts'

const screen = ['said: please go on', '╭────╮', '│ > [from lead · tmo-m-12] please go on │', '╰────╯'].join(
  '\n',
)

it.each([
  ['words of the box that stand in it alone', '[from lead · tmo-m-12] please go on', 'from lead'],
  ['nothing where all its words stand elsewhere too', 'please go on', undefined],
  ['nothing where it holds no words', '…', undefined],
  ['nothing of a word that is too short to be one', 'ok', undefined],
])('a landmark is %s', (_what, box, expected) => {
  expect(landmark(screen, box)).toBe(expected)
})

it('is taken from the end of the box, and looked for without colours', () => {
  const lines = ['\u001b[31m│ > first part\u001b[0m', '│   \u001b[2msecond\u001b[0m part']
  expect(landmark(lines.join('\n'), 'first part\nsecond part')).toBe('second part')
})

it('the row of a dialog is told from what else shows the command', () => {
  const screen = fixtureScreen('codex', 'permission')
  expect(rowMark(screen, 'touch /home/dev/my-project/tmp/esc1')).toMatch(
    /^ {2}2\? Yes\? and don\?t ask again .* \?touch \?home\?dev\?my-project\?tmp\?esc1\? \?p\?$/,
  )
  expect(rowMark(screen, 'touch /home/dev/my-project/tmp/esc2')).toBeUndefined()
  expect(rowMark('make all\nmake all\n', 'make all'), 'twice').toBeUndefined()
  expect(rowMark('│ make all │\n', 'make all'), 'no plain row').toBeUndefined()
})
