import { isTmuxError } from '../../src/index.ts'

/** What a person would be told. */
export async function describeFailure(
  attempt: Promise<unknown>,
): Promise<Readonly<Record<string, unknown>> | 'none'> {
  try {
    await attempt
    return 'none'
  } catch (error) {
    if (!isTmuxError(error)) throw error
    const { cause } = error
    const because = cause instanceof Error && 'code' in cause ? cause.code : undefined
    return { code: error.code, message: error.message, hint: error.hint, because }
  }
}
