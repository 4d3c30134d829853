import type { CompiledQuery, QueryResult } from 'kysely'
import type { QueryRunner, Statement } from './statement.ts'

/** One statement of a change with its values, compiled by the dialect of whoever runs it. */
export type Step = (runner: QueryRunner) => CompiledQuery

/**
 * What a change does, as the statements that it asks for one by one: it runs the same awaited, or at once on a handle
 * that answers without waiting.
 */
export type Steps<T> = Generator<Step, T, QueryResult<unknown>>

/** Asks for one statement, and gives what it answered. */
export function* step<P extends object, R>(
  statement: Statement<P, R>,
  parameters: P,
): Generator<Step, QueryResult<R>, QueryResult<unknown>> {
  // The statement's own type says what its rows are.
  return (yield (runner) => statement.bind(runner, parameters)) as QueryResult<R>
}

/** Runs a change where each answer is awaited. */
export async function runSteps<T>(runner: QueryRunner, steps: Steps<T>): Promise<T> {
  let next = steps.next()
  while (next.done !== true) next = steps.next(await runner.executeQuery(next.value(runner)))
  return next.value
}

/** Runs a change where each answer is there at once. */
export function runStepsAtOnce<T>(
  steps: Steps<T>,
  { runner, answer }: { runner: QueryRunner; answer: (query: CompiledQuery) => QueryResult<unknown> },
): T {
  let next = steps.next()
  while (next.done !== true) next = steps.next(answer(next.value(runner)))
  return next.value
}
