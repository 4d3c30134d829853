import { createHash } from 'node:crypto'
import type { ProjectConfig } from './config.ts'
import type { PermissionPolicy } from './permission-policy.ts'

/** What a project's own settings would allow its agents, and nobody has agreed to. */
export interface IgnoredGrants {
  /** The settings file. */
  readonly file: string
  /** For people, one line each. */
  readonly what: readonly string[]
  /** What an agreement is remembered by: other grants need another one. */
  readonly hash: string
}

/** The part of settings that lets agents do more without asking; deny rules are none of it. */
interface Grants {
  readonly allow: Readonly<Record<string, readonly string[]>>
  readonly permissionMode?: string
  readonly agentOptions?: Readonly<Record<string, string>>
}

/** What a file grants; undefined when it grants nothing. */
export function findGrants(config: ProjectConfig, file: string): IgnoredGrants | undefined {
  const grants = grantsOf(config)
  const what = [
    ...Object.entries(grants.allow).flatMap(([role, patterns]) =>
      patterns.map((pattern) => `permissions: ${role} may ${pattern}`),
    ),
    ...(grants.permissionMode === undefined ? [] : [`permissionMode: ${grants.permissionMode}`]),
    ...Object.entries(grants.agentOptions ?? {}).map(([name, value]) => `agentOptions: ${name}=${value}`),
  ]
  if (what.length === 0) return undefined
  const hash = createHash('sha256').update(JSON.stringify(grants)).digest('hex')
  return { file, what, hash }
}

/** In one order, so that the same grants have one hash. */
function grantsOf({ permissions = {}, permissionMode, agentOptions = {} }: ProjectConfig): Grants {
  const allow = Object.entries(permissions)
    .map(([role, rules]) => [role, (rules.allow ?? []).toSorted()] as const)
    .filter(([, patterns]) => patterns.length > 0)
  const options = Object.entries(agentOptions)
  return {
    allow: sorted(allow),
    ...(permissionMode === undefined ? {} : { permissionMode }),
    ...(options.length === 0 ? {} : { agentOptions: sorted(options) }),
  }
}

function sorted<V>(entries: readonly (readonly [string, V])[]): Record<string, V> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** The same settings, in which deny rules alone are left of what concerns permissions. */
export function withoutGrants(config: ProjectConfig): ProjectConfig {
  const { permissions, permissionMode: _, agentOptions: __, ...rest } = config
  if (!permissions) return rest
  const denied: PermissionPolicy = Object.fromEntries(
    Object.entries(permissions).map(([role, { deny = [] }]) => [role, { deny }]),
  )
  return { ...rest, permissions: denied }
}
