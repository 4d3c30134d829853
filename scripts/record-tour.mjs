import { writeFileSync } from 'node:fs'
import { root, runScript, say } from './say.mjs'
import { formatTerminalSvg } from './terminal-svg.mjs'
import { recordTour } from './tour.mjs'

/** npm run tour: records what the README shows, `docs/tour.svg`, in a real terminal. Packages have to be built. */
await runScript(async () => {
  say('recording …')
  const frames = await recordTour()
  const commands = [...new Set(frames.map(({ command }) => command))]
  writeFileSync(
    `${root}/docs/tour.svg`,
    formatTerminalSvg(frames, `A terminal session: ${commands.join(', ')}`),
  )
  console.log(`docs/tour.svg: ${frames.length} screens of ${commands.length} commands`)
  return 0
})
