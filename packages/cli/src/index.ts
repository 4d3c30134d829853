export { checkCommands } from './check-commands.ts'
export { createPalette, type Palette, wantsColor } from './color.ts'
export type { Argument, Command, CommandInput, Option } from './command.ts'
export type { Context, Input, Output } from './context.ts'
export { type ArgumentsOf, defineCommand, type OptionsOf } from './define-command.ts'
export {
  CliError,
  type CliErrorCode,
  type CliErrorOptions,
  type ExitCode,
  isCliError,
  UsageError,
} from './errors.ts'
export { ExitWith, exit } from './exit.ts'
export { formatDuration, formatTable, textWidth, toPlainText } from './format.ts'
export { main, type Program } from './main.ts'
export { createProgress, type Progress, type ProgressOptions, type Step } from './progress.ts'
export { Interruption } from './signals.ts'
