import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../../../', import.meta.url))

/** Fetched by `.ci/tmux-versions`. */
export const programOf = (release: string): string => join(root, '.cache/tmux', release, 'tmux')

/** Missing is a failure where everything is provisioned, and said elsewhere. */
export const isMissing = (program: string): boolean =>
  program !== 'tmux' && !existsSync(program) && process.env['CI'] === undefined

interface TmuxProgram {
  readonly name: string
  readonly tmux: string
}

const all: readonly TmuxProgram[] = [
  { name: 'the installed tmux', tmux: 'tmux' },
  { name: 'tmux 3.5', tmux: programOf('trixie') },
  { name: 'tmux 3.8 or newer', tmux: programOf('sid') },
]
const slice = process.env['TMO_SLICE']

/** Those that the driver is to work with; a slice has one of them. */
export const tmuxPrograms: readonly TmuxProgram[] = all.filter(
  (_, at) => slice === undefined || at === Number(slice) % all.length,
)
