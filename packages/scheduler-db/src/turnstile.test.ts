import { expect, test } from 'vitest'
import { isStoreError } from './errors.ts'
import { Turnstile } from './turnstile.ts'

test('one is inside at a time, in the order of arrival', async () => {
  const turnstile = new Turnstile()
  const seen: string[] = []
  const visit = async (name: string): Promise<void> => {
    await turnstile.enter()
    seen.push(`${name} in`)
    await Promise.resolve()
    seen.push(`${name} out`)
    turnstile.leave()
  }
  await Promise.all([visit('a'), visit('b'), visit('c')])
  expect(seen).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out'])
})

test('who is inside and enters again is told so instead of waiting for itself', async () => {
  const turnstile = new Turnstile()
  await turnstile.enter()
  const caught = await turnstile.inside(() => turnstile.enter()).catch((error: unknown) => error)
  expect(isStoreError(caught, 'NESTED_TRANSACTION')).toBe(true)
})

test('work that was started inside may enter once the visit is over', async () => {
  const turnstile = new Turnstile()
  await turnstile.enter()
  let later: Promise<void> = Promise.resolve()
  const { promise, resolve } = withResolver()
  await turnstile.inside(async () => {
    later = promise.then(() => turnstile.enter())
  })
  turnstile.leave()
  resolve()
  await expect(later).resolves.toBeUndefined()
})

test('a shut turnstile refuses the new and waits for those who came before', async () => {
  const turnstile = new Turnstile()
  await turnstile.enter()
  const waiting = turnstile.enter()
  const shut = turnstile.shut()
  const refused = await turnstile.enter().catch((error: unknown) => error)
  expect(isStoreError(refused, 'CLOSED')).toBe(true)
  turnstile.leave()
  await waiting
  turnstile.leave()
  await expect(shut).resolves.toBeUndefined()
})

function withResolver(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve: () => resolve() }
}

test('who is inside of two is refused by both, and let in by a third', async () => {
  const [outer, inner, other] = [new Turnstile(), new Turnstile(), new Turnstile()]
  await outer.enter()
  await inner.enter()
  const answers = await outer.inside(() =>
    inner.inside(() => Promise.allSettled([outer.enter(), inner.enter(), other.enter()])),
  )
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
})
