import { configKeys, parseConfig } from '@tmux-orchestrator/orchestrator'
import { expect, it } from 'vitest'
import { formatSettings } from './settings-template.ts'

const nothing = { otherAgents: [], copy: [] }
const parse = (text: string) => parseConfig(text, 'config.yaml')

it('without anything found, every key stands in a comment, and nothing holds', () => {
  const text = formatSettings(nothing)
  expect(parse(text)).toEqual({})
  for (const key of configKeys) expect(text).toMatch(new RegExp(`^# ${key}: `, 'm'))
})

it('each comment holds a setting that is allowed', () => {
  const text = formatSettings(nothing)
  const settings = text.replace(/^# (?=\w+: )/gm, '')
  expect(Object.keys(parse(settings)).sort()).toEqual([...configKeys].sort())
})

it('what was found holds', () => {
  const verify = { command: 'go test ./...', from: 'go.mod' }
  const text = formatSettings({
    agent: 'codex',
    otherAgents: ['gemini'],
    verify,
    base: 'main',
    copy: ['.env'],
  })
  expect(parse(text)).toEqual({ agent: 'codex', verify: 'go test ./...', copy: ['.env'] })
  expect(text).toContain('also installed: gemini')
  expect(text).toContain('from go.mod')
})

it('a hostile name becomes no setting', () => {
  const base = 'x\nverify: rm -rf /'
  const copy = ['a"b', '- verify: true', '#']
  expect(parse(formatSettings({ otherAgents: [], base, copy }))).toEqual({ copy })
})
