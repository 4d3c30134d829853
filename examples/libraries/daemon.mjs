import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { connectDaemon, isRemoteError, stopDaemon } from '@tmux-orchestrator/daemon'

const home = mkdtempSync(`${tmpdir()}/tmo-`)
const daemon = await connectDaemon({ home, start: true })
try {
  const { orchestrations } = await daemon.call('orchestration.list', {})
  console.log(orchestrations.length, 'orchestrations')
  await daemon.call('message.send', { target: 'shop-a1b2/ada', text: 'How far are you?' })
} catch (error) {
  if (!isRemoteError(error)) throw error
  console.log(`${error.code}: ${error.message}`)
} finally {
  await daemon.close()
  await stopDaemon(home)
  rmSync(home, { recursive: true })
}
