import { roleNames } from '@tmux-orchestrator/team'
import { LineCounter, type Node, parseDocument } from 'yaml'
import { z } from 'zod'
import { configKeys, type ProjectConfig } from './config.ts'
import { OrchestratorError } from './errors.ts'
import { type PermissionRules, parsePattern } from './permission-policy.ts'

const seconds = (max: number): z.ZodNumber => z.number().positive().max(max)

/** No path leads out of the repository, nor means anything to git but itself. */
const inRepository: z.ZodString = z
  .string()
  .regex(
    /^(?!.*(?:^|\/)\.{0,2}(?:\/|$))[^\n\0\\]+$/,
    'the path of a file of the repository, from its root, without . or ..',
  )

const patterns: z.ZodType<string[]> = z.array(
  z
    .string()
    .refine(
      (text) => parsePattern(text) !== undefined,
      'a pattern is TOOL or TOOL(what it is given, * for any text)',
    ),
)

const rules: z.ZodType<PermissionRules> = z.strictObject({
  allow: patterns.optional(),
  deny: patterns.optional(),
})

const shape = {
  agent: z.string().min(1).optional(),
  model: z.string().min(1).optional(),
  permissionMode: z.string().min(1).optional(),
  agentOptions: z.record(z.string(), z.string()).optional(),
  roles: z.array(z.string()).min(1).optional(),
  teamType: z
    .enum(['auto', 'code_project', 'system_deployment', 'data_pipeline', 'infrastructure_as_code'])
    .optional(),
  size: z.enum(['auto', 'small', 'medium', 'large']).optional(),
  plan: z.enum(['pro', 'max5', 'max20', 'console']).optional(),
  base: z.string().min(1).optional(),
  verify: z.string().min(1).optional(),
  verifyTimeoutSeconds: seconds(24 * 3600).optional(),
  merge: z.enum(['none', 'integration']).optional(),
  branchPrefix: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$/, 'letters, digits, dot, dash and underscore only')
    .optional(),
  briefTimeoutSeconds: seconds(3600).optional(),
  checkInMinutes: z
    .number()
    .int()
    .min(1)
    .max(24 * 60)
    .optional(),
  setup: inRepository.optional(),
  teardown: inRepository.optional(),
  hookTimeoutSeconds: seconds(24 * 3600).optional(),
  copy: z.array(z.string().regex(/^[^\n\0]+$/, 'one pattern without a line break')).optional(),
  ports: z.number().int().min(0).max(1000).optional(),
  permissions: z.partialRecord(z.enum(['*', ...roleNames]), rules).optional(),
} satisfies Record<keyof ProjectConfig, z.ZodType>

const schema: z.ZodType<ProjectConfig> = z.strictObject(shape)

/** Checks the text of a settings file. Pure. */
export function parseConfig(text: string, file: string): ProjectConfig {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [fault] = document.errors
  if (fault) {
    const { line } = lines.linePos(fault.pos[0])
    throw new OrchestratorError('BAD_CONFIG', `${file}:${line}: ${fault.message}`, {
      hint: 'it has to be YAML',
    })
  }
  const parsed = schema.safeParse(document.toJS() ?? {})
  if (parsed.success) return parsed.data
  const said = parsed.error.issues.map((issue) => {
    const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path
    const node = document.getIn(path, true) as Node | undefined
    const key = issue.code === 'unrecognized_keys' ? keyOffset(text, issue.keys[0] ?? '') : undefined
    const offset = key ?? node?.range?.[0] ?? 0
    return `${file}:${lines.linePos(offset).line}: ${describe(issue, path)}`
  })
  throw new OrchestratorError('BAD_CONFIG', said.join('\n'), {
    hint: `allowed keys: ${configKeys.join(', ')}`,
  })
}

function keyOffset(text: string, key: string): number | undefined {
  const at = new RegExp(`^\\s*["']?${key.replaceAll(/[^\w]/g, '\\$&')}["']?\\s*:`, 'm').exec(text)
  return at ? at.index + (at[0].length - at[0].trimStart().length) : undefined
}

function describe(issue: z.core.$ZodIssue, path: readonly PropertyKey[]): string {
  const name = path.map(String).join('.')
  if (issue.code === 'unrecognized_keys') return `unknown key ${JSON.stringify(name)}`
  if (issue.code === 'invalid_value') return `${name}: allowed are ${issue.values.map(String).join(', ')}`
  return `${name === '' ? 'the file' : name}: ${issue.message}`
}
