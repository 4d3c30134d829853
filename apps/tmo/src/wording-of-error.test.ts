import { expect, it } from 'vitest'
import { nextOfError, wordingOfError } from './wording-of-error.ts'
import { wordingOfEvent } from './wording-of-event.ts'

const error = {
  agent: 'developer',
  kind: 'authentication',
  detail: 'Please\nrun \u001b[31m/login',
  since: new Date().toISOString(),
  needsYou: true,
} as const
const team = { id: 'hello-abcd', program: 'codex' }

it('an error is told in one line, with the command that helps', () => {
  expect(wordingOfError(error)).toMatch(/^its login or key is refused, since .*: Please run \S*\/login$/)
  expect(nextOfError(team, error, 'tmo')).toBe('tmo attach hello-abcd/developer · codex login')
  const other = { ...team, program: './agent' }
  expect(nextOfError(other, error, 'tmo')).toBe('tmo attach hello-abcd/developer')
  const broke = { ...error, kind: 'credit', detail: null } as const
  expect(wordingOfError(broke)).toMatch(/^nothing is left to pay with, since [^:]*$/)
  expect(nextOfError(team, broke, 'tmo')).toMatch(/ · tmo credits status$/)
})

it('an event of an error is a sentence, any other its fields', () => {
  const at = '2026-01-31T09:00:00.000Z'
  const event = { seq: 1, at, stream: 'hello-abcd', subject: 'developer' }
  const data = { error: 'toString', detail: 'a\nb', at }
  expect(wordingOfEvent({ ...event, kind: 'error:seen', data })).toBe(
    `${at} error:seen developer toString: a b`,
  )
  const over = { error: 'stuck', stoodMs: 90_000 }
  expect(wordingOfEvent({ ...event, kind: 'error:over', data: over })).toMatch(
    /error:over developer after 1 m 30 s: it seems stuck$/,
  )
  const moved = { from: 'idle', to: null }
  expect(wordingOfEvent({ ...event, kind: 'toString', data: moved })).toBe(
    `${at} toString developer from=idle`,
  )
})
