import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { LaunchChoices, LaunchPlan, LaunchRequest } from './adapter.ts'
import { gitCommands, isServerWanted, verbCommands, verbServer, verbServerName } from './agent-verbs.ts'
import { AgentsError } from './errors.ts'
import { readText, writeWhole } from './files.ts'
import type { Environment } from './find-program.ts'
import { isObject, type JsonObject, parseObject } from './json.ts'
import { checkOptions, chosen, launchEnv } from './launch.ts'
import { type OpencodePlace, opencodeUser } from './opencode-api.ts'

const modes = ['default', 'ask', 'auto'] as const

/** What one agent's opencode was started with, and its session once there is one. */
export interface OpencodeNote extends OpencodePlace {
  readonly conversationId: string
  readonly sessionId?: string
}

const fileName = 'opencode.json'

export async function readNote(stateDir: string, conversationId: string): Promise<OpencodeNote | undefined> {
  const text = await readText(join(stateDir, fileName))
  const note = text.status === 'read' ? parseObject(text.value) : undefined
  const { port, password, sessionId } = note ?? {}
  if (note?.['conversationId'] !== conversationId || typeof port !== 'number' || typeof password !== 'string')
    return undefined
  return { conversationId, port, password, ...(typeof sessionId === 'string' && { sessionId }) }
}

export async function writeNote(stateDir: string, note: OpencodeNote): Promise<void> {
  await writeWhole(join(stateDir, fileName), `${JSON.stringify(note)}\n`, 0o600)
}

/** Says how to start opencode with a server of its own on loopback, behind a password of its own. */
export async function planOpencode(
  path: string,
  request: LaunchRequest,
  env: Environment,
): Promise<LaunchPlan> {
  const mode = chooseForOpencode(request)
  await mkdir(request.stateDir, { recursive: true, mode: 0o700 })
  const resumed = request.mode === 'resume' ? await resumedSession(request) : undefined
  const place = { port: await freePort(), password: randomBytes(24).toString('base64url') }
  const { conversationId } = request
  await writeNote(request.stateDir, { ...place, conversationId, ...(resumed && { sessionId: resumed }) })
  const argv = [path, '--port', String(place.port), '--hostname', '127.0.0.1']
  if (resumed) argv.push('--session', resumed)
  if (request.model !== undefined) argv.push('--model', request.model)
  if (mode === 'auto') argv.push('--auto')
  return {
    argv,
    env: {
      ...launchEnv(request, env),
      OPENCODE_SERVER_USERNAME: opencodeUser,
      OPENCODE_SERVER_PASSWORD: place.password,
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      ...configContent(request, env, mode === 'ask'),
    },
    briefed: request.brief === undefined ? 'none' : 'paste',
  }
}

/**
 * Whether it asks, or allows all that is not denied.
 *
 * @throws AgentsError `BAD_OPTION`
 */
export function chooseForOpencode(choices: LaunchChoices): (typeof modes)[number] {
  checkOptions('opencode', choices, ['mcp'])
  isServerWanted('opencode', choices)
  return chosen('opencode', 'permission mode', choices.permissionMode, modes, 'default')
}

async function resumedSession(request: LaunchRequest): Promise<string> {
  const note = await readNote(request.stateDir, request.conversationId)
  if (note?.sessionId !== undefined) return note.sessionId
  throw new AgentsError('NO_CONVERSATION', `opencode has no conversation for ${request.conversationId}`, {
    details: { conversationId: request.conversationId },
    hint: 'Start a new one.',
  })
}

/** What stands above the user's own settings for this start alone. */
function configContent(
  request: LaunchRequest,
  env: Environment,
  isAsking: boolean,
): Readonly<Record<string, string>> {
  const server = verbServer('opencode', request)
  if (!server && !isAsking) return {}
  const given = parseObject(env['OPENCODE_CONFIG_CONTENT'] ?? '{}') ?? {}
  const before = isObject(given['mcp']) ? given['mcp'] : {}
  const own = server && { type: 'local', command: [server.command, ...server.args], enabled: true }
  const content = {
    ...given,
    ...(own && { mcp: { ...before, [verbServerName]: own } }),
    ...(isAsking && { permission: asking() }),
  }
  return { OPENCODE_CONFIG_CONTENT: JSON.stringify(content) }
}

/** Edits and commands ask; the agents' own commands do not. */
function asking(): JsonObject {
  const own = [...verbCommands, ...gitCommands].flatMap((command) => [command, `${command} *`])
  const bash = { '*': 'ask', ...Object.fromEntries(own.map((pattern) => [pattern, 'allow'])) }
  return { edit: 'ask', webfetch: 'ask', bash, [`${verbServerName}_*`]: 'allow' }
}

/** A port that nobody listens on. Somebody may take it before opencode does; then opencode does not start. */
function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
