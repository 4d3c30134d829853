import type { OrchestrationView } from '@tmux-orchestrator/orchestrator'

/** Where a remote lies, when its address tells. */
export interface Forge {
  readonly host: string
  /** `owner/repository`, or deeper. */
  readonly path: string
}

/** `https://host/owner/repository.git`, `ssh://git@host:22/…` or `git@host:owner/repository`. */
export function parseForge(address: string): Forge | undefined {
  const found =
    /^(?:https?|ssh|git):\/\/(?:[^@/]*@)?([^/:]+)(?::\d+)?\/(.+?)(?:\.git)?\/*$/.exec(address) ??
    /^(?:[^@/:]+@)?([^/:]+):(?!\/)(.+?)(?:\.git)?\/*$/.exec(address)
  const [, host, path] = found ?? []
  return host === undefined || path === undefined || !path.includes('/') ? undefined : { host, path }
}

/** Where a person opens the request by hand; undefined for a host that we do not know. */
export function compareAddress(forge: Forge | undefined, base: string, branch: string): string | undefined {
  if (forge === undefined) return undefined
  const encode = (name: string): string => name.split('/').map(encodeURIComponent).join('/')
  const { host, path } = forge
  if (/(^|\.)github\./.test(host))
    return `https://${host}/${path}/compare/${encode(base)}...${encode(branch)}?expand=1`
  if (/(^|\.)gitlab\./.test(host)) {
    const query = new URLSearchParams({
      'merge_request[source_branch]': branch,
      'merge_request[target_branch]': base,
    })
    return `https://${host}/${path}/-/merge_requests/new?${query}`
  }
  return undefined
}

/** What the request says when nobody says it: the tasks, and what checked them. */
export function bodyOf({ id, tasks, verify }: Pick<OrchestrationView, 'id' | 'tasks' | 'verify'>): string {
  const marks = { done: 'x', dropped: '-' } as const
  const lines = tasks.map(
    ({ title, state }) => `- [${state === 'done' || state === 'dropped' ? marks[state] : ' '}] ${title}`,
  )
  const checked =
    verify === null
      ? 'No command verified this work.'
      : `\`${verify.command}\` left with ${verify.exitCode} at ${verify.commit}.`
  return [...lines, ...(lines.length === 0 ? [] : ['']), checked, '', `Orchestration ${id}.`, ''].join('\n')
}
