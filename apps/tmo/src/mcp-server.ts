import { spawn } from 'node:child_process'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { verbProgram } from '@tmux-orchestrator/daemon'
import { type VerbCall, verbTools } from './mcp-tools.ts'

/** A verb answers within ten seconds, or is kept for later; this is for a machine that hangs. */
const verbMs = 60_000
/** No verb prints nearly as much. */
const outputMax = 4 * 1024 * 1024

interface Said {
  readonly text: string
  readonly isError: boolean
}

/** Offers an agent's verbs as tools on stdio until its client hangs up. `env` names the agent and its secret. */
export async function serveVerbs(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<void> {
  const server = new McpServer({ name: 'tmo', version: __VERSION__ })
  // A report of done must not overtake the task that it is about.
  let turn: Promise<unknown> = Promise.resolve()
  for (const tool of verbTools) {
    const { name, description, input, isReading = false } = tool
    const config = {
      description,
      inputSchema: input,
      annotations: { readOnlyHint: isReading, destructiveHint: false, openWorldHint: false },
    }
    server.registerTool(name, config, async (given: Readonly<Record<string, unknown>>) => {
      const said = turn.then(() => say(tool.verb(given), env))
      turn = said.catch(() => undefined)
      const { text, isError } = await said
      return { content: [{ type: 'text' as const, text }], isError }
    })
  }
  const transport = new StdioServerTransport()
  const closed = new Promise<void>((resolve) => {
    server.server.onclose = resolve
    process.stdin.once('end', resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await server.connect(transport)
  await closed
  await turn
  await server.close()
}

/** The program that agents call in their panes says it, so that what is kept while no daemon runs is kept here too. */
function say(call: VerbCall, env: Readonly<Record<string, string | undefined>>): Promise<Said> {
  const { NODE_OPTIONS: _, ...kept } = env
  const child = spawn(process.execPath, [verbProgram, ...call.argv], {
    env: kept,
    stdio: 'pipe',
    timeout: verbMs,
    killSignal: 'SIGKILL',
  })
  const chunks: Buffer[] = []
  let size = 0
  const keep = (chunk: Buffer): void => {
    size += chunk.length
    if (size <= outputMax) chunks.push(chunk)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  // A verb that asks for nothing may end before its stdin was written.
  child.stdin.on('error', () => undefined)
  child.stdin.end(call.stdin ?? '')
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ text: `tmo: ${error.message}`, isError: true }))
    child.once('close', (code) => {
      const text = Buffer.concat(chunks).toString().trimEnd()
      resolve({ text: text === '' ? 'done' : text, isError: code !== 0 })
    })
  })
}
