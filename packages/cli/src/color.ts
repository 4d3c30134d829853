import pico from 'picocolors'

type Paint = (text: string | number) => string

/** The few colours that the programs use. */
export interface Palette {
  readonly bold: Paint
  readonly dim: Paint
  readonly red: Paint
  readonly green: Paint
  readonly yellow: Paint
  readonly blue: Paint
  readonly magenta: Paint
  readonly cyan: Paint
}

/**
 * Whether a stream wants colour: a terminal, not `TERM=dumb`, not `NO_COLOR` (any non-empty value), not `--no-color`.
 * `FORCE_COLOR` (any non-empty value but `0` and `false`) wants it anywhere, but yields to the two refusals.
 */
export function wantsColor(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
  flag: boolean = true,
): boolean {
  if (!flag || env['NO_COLOR']) return false
  const force = env['FORCE_COLOR']
  if (force) return force !== '0' && force !== 'false'
  return stream.isTTY === true && env['TERM'] !== 'dumb'
}

/** Colour functions, or ones that leave text as it is. */
export function createPalette(enabled: boolean): Palette {
  return pico.createColors(enabled)
}
