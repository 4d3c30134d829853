import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const tmo = fileURLToPath(new URL('../../../apps/tmo/bin/tmo.js', import.meta.url))
const verb = fileURLToPath(new URL('../../daemon/dist/verb.js', import.meta.url))

/** Whom the verbs speak for. */
export const identity = { TMO_AGENT: 'real-abcd/developer', TMO_TOKEN: 'a-secret' }

export interface Kept {
  readonly argv: readonly string[]
  readonly agent: string
  readonly token: string
}

/** A home of ours with the command that agents call, and what came of their verbs. */
export interface VerbDesk extends AsyncDisposable {
  readonly bin: string
  /** For the program's environment. */
  readonly env: Readonly<Record<string, string>>
  /** Verbs that lie on the disk, for a daemon to come. */
  kept(): readonly Kept[]
  /** Verbs that came over the socket. */
  heard(): readonly (readonly string[])[]
}

/** `listens`: somebody answers at the daemon's socket; else verbs are kept on the disk. */
export async function openVerbDesk(home: string, options: { readonly listens: boolean }): Promise<VerbDesk> {
  const [bin, spool] = [join(home, 'bin'), join(home, 'spool')]
  for (const folder of [bin, spool]) mkdirSync(folder, { recursive: true })
  const node = `'${process.execPath}'`
  const script = `#!/bin/sh\n[ "$1" = mcp ] && exec ${node} '${tmo}' "$@"\nexec ${node} '${verb}' "$@"\n`
  writeFileSync(join(bin, 'tmo'), script)
  chmodSync(join(bin, 'tmo'), 0o755)
  const heard: (readonly string[])[] = []
  const server = options.listens ? await listen(join(home, 'daemon.sock'), heard) : undefined
  return {
    bin,
    env: { TMO_HOME: home, ...identity },
    heard: () => heard,
    kept: () =>
      readdirSync(spool)
        .filter((name) => name.endsWith('.json'))
        .map((name) => JSON.parse(readFileSync(join(spool, name), 'utf8'))),
    [Symbol.asyncDispose]: async () => {
      if (server) await new Promise((resolve) => server.close(resolve))
    },
  }
}

function listen(path: string, heard: (readonly string[])[]): Promise<Server> {
  const server = createServer((socket) => answer(socket, heard))
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => resolve(server))
  })
}

/** The daemon's side of the protocol, as far as verbs need it. */
function answer(socket: Socket, heard: (readonly string[])[]): void {
  let text = ''
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    text += chunk
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) {
      const frame = JSON.parse(line)
      if (frame.name !== 'verb') continue
      heard.push(frame.args.argv)
      const result = { stdout: 'reported\n', stderr: '', exitCode: 0 }
      socket.write(`${JSON.stringify({ id: frame.id, result })}\n`)
    }
  })
}
