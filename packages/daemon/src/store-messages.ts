import type { WireError } from './wire-error.ts'

/** What the store's thread is started with. */
export interface StoreThreadOptions {
  readonly url: string
  readonly host: string
}

/** `command` and `query` are the orchestrator's; the other two are of the jobs themselves. */
export type StoreCall = {
  readonly id: number
  readonly kind: 'command' | 'query' | 'job-command' | 'job-query'
  readonly name: string
  readonly args: unknown
}

export type ToStoreThread =
  | { readonly type: 'calls'; readonly calls: readonly StoreCall[] }
  | { readonly type: 'close' }

export type StoreReply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: WireError }

export type FromStoreThread =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly error: WireError }
  | { readonly type: 'replies'; readonly replies: readonly StoreReply[]; readonly committed: number }
  /** Another process or machine committed something. */
  | { readonly type: 'changed' }
  | { readonly type: 'closed' }
