/** Anything that survives `JSON.stringify` and back. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined }

/** Reads JSON that this package wrote; a column is never anything else. */
export function parseJson(text: string): Json {
  return JSON.parse(text)
}
