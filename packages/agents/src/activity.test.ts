import { describe, expect, it } from 'vitest'
import { judge, overrule, type Signal } from './activity.ts'

const title: Signal = { state: 'idle', source: 'title', at: 20 }
const file: Signal = { state: 'working', source: 'status-file', at: 10 }

describe('judge', () => {
  it('lets the first signal decide and keeps the others with their source and time', () => {
    expect(judge([file, title])).toEqual({ ...file, others: [title] })
  })

  it('passes over signals that are absent', () => {
    expect(judge([undefined, title])).toEqual({ ...title, others: [] })
  })

  it('lets an authority that cannot be read say so, whatever the others say', () => {
    const torn: Signal = { state: 'unknown', source: 'status-file', at: 10 }
    expect(judge([torn, title])).toMatchObject({ state: 'unknown', others: [title] })
  })

  it('is unknown when nothing speaks', () => {
    expect(judge([])).toMatchObject({ state: 'unknown', source: 'none', others: [] })
  })
})

describe('overrule', () => {
  it('keeps the signal that had decided', () => {
    expect(overrule(judge([file, title]), { state: 'stuck' })).toEqual({
      state: 'stuck',
      source: 'status-file',
      at: 10,
      others: [file, title],
    })
  })
})
