import type { ErrorKind } from './activity.ts'

/** What a rule says when it fits. `noise` is passed over, `idle` is an end of a turn that is no error. */
export type RuleVerdict =
  | 'working'
  | 'permission'
  | 'question'
  | 'start'
  | 'error'
  | 'limited'
  | 'idle'
  | 'noise'

/**
 * Where a rule looks.
 *
 * - `below` the lines under the prompt box
 * - `turn` the last block above the prompt box, since the last message that was sent
 * - `tail` the lowest lines of a screen without a prompt box
 * - `last` the lowest line of one
 */
export type RulePlace = 'below' | 'turn' | 'tail' | 'last'

/** One rule as data: JSON can hold it. */
export interface ScreenRuleSource {
  readonly id: string
  readonly where: RulePlace
  /** A regular expression (flags `iu`). Blanks of a line count as one, frames and blanks around it do not count. */
  readonly match: string
  readonly says: RuleVerdict
  /** With `error`: which. Without, the text tells. */
  readonly error?: ErrorKind
  /** Only where the text begins in this colour: what an agent writes has none of its program's warning colours. */
  readonly hue?: 'warm' | 'cold' | 'grey'
}

/** How a program draws its prompt box: expressions for whole lines, blanks included. */
export interface BoxSource {
  /** The line over the box. Without it the box begins with the last line that `first` fits. */
  readonly above?: string
  /** The line under the box. */
  readonly below?: string
  /** The first line of the box; what it matches is no part of the text. */
  readonly first: string
  /** Every other line of the box. */
  readonly more: string
  /** A frame on the right that is no part of the text. */
  readonly right?: string
  /** What must stand under the box, so that what an agent prints is not taken for one. */
  readonly footer?: string
  /** The last line of the box belongs to the program. */
  readonly ownLastLine?: boolean
  /** Its lines are painted to the right edge: in a narrower pane each leaves a rest in the line below. */
  readonly painted?: boolean
  /** Text of the program in an empty box, where it is not dim. */
  readonly placeholder?: readonly string[]
}

/** The rules for the screens of one program. */
export interface ScreenRulesSource {
  readonly program: string
  /** The version of the rules: a date. */
  readonly version: string
  /** The versions of the program that they were tested with: from the first, below the second. */
  readonly tested: { readonly from: string; readonly below: string }
  readonly box?: BoxSource
  /** A message that was sent, above the box. */
  readonly sent?: string
  /** The first line of a block of output. */
  readonly block?: string
  readonly rules: readonly ScreenRuleSource[]
}

/** A pattern of a screen, ready to be matched. */
export interface ScreenRule extends Omit<ScreenRuleSource, 'match'> {
  readonly match: RegExp
}

/** A program's prompt box, as it is recognised on a screen. */
export interface Box
  extends Omit<BoxSource, 'above' | 'below' | 'first' | 'more' | 'right' | 'footer' | 'placeholder'> {
  readonly above?: RegExp
  readonly below?: RegExp
  readonly first: RegExp
  readonly more: RegExp
  readonly right?: RegExp
  readonly footer?: RegExp
  readonly placeholder: readonly RegExp[]
}

/** Which rules screens are read by. */
export interface RulesOrigin {
  /** The version of the rules: a date. */
  readonly version: string
  /** `built-in`, or the user's file. */
  readonly source: string
}

/** Rules that are ready to use. */
export interface ScreenRules extends RulesOrigin {
  readonly program: string
  readonly tested: { readonly from: string; readonly below: string }
  readonly box?: Box
  readonly sent?: RegExp
  readonly block?: RegExp
  readonly rules: readonly ScreenRule[]
}
