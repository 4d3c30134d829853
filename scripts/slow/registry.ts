import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { runServer } from 'verdaccio'
import { run } from './run.ts'

export interface Registry extends AsyncDisposable {
  readonly url: string
}

/**
 * A registry on loopback that takes our packages from anybody, and passes every other on from the registry that npm here is
 * configured with.
 */
export async function openRegistry(folder: string): Promise<Registry> {
  const upstream = (await run('npm', ['config', 'get', 'registry'], { cwd: folder, env: process.env })).trim()
  const ours = { access: '$all', publish: '$anonymous', unpublish: '$anonymous' }
  const server: Server = await runServer({
    storage: join(folder, 'storage'),
    self_path: folder,
    uplinks: { upstream: { url: upstream, cache: true, maxage: '30m', timeout: '60s' } },
    packages: {
      '@tmux-orchestrator/*': ours,
      'tmux-orchestrator': ours,
      '**': { access: '$all', proxy: 'upstream' },
    },
    web: { enable: false },
    log: { type: 'stdout', level: 'fatal' },
  } as unknown as string)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
