export {
  type Activity,
  type ActivitySource,
  type ActivityState,
  type ErrorKind,
  type Failed,
  type Finding,
  judge,
  type Limited,
  type Plain,
  type Signal,
} from './activity.ts'
export type {
  AgentAdapter,
  AgentHandle,
  ConversationQuery,
  Detection,
  DetectOptions,
  LaunchChoices,
  LaunchPlan,
  LaunchRequest,
  Leftover,
  LimitDialog,
  PaneLook,
  Presence,
  Problem,
  SendOutcome,
  SendRequest,
  TokenQuery,
  TurnEnd,
  Usage,
} from './adapter.ts'
export { type AnswerPermissionOptions, answerPermission } from './answer-permission.ts'
export { type CloseLimitOptions, closeLimitDialog, type LimitOutcome } from './close-limit-dialog.ts'
export { deliver } from './deliver.ts'
export type { DeliverOptions, Delivery, Message, PaneIo, RefusalReason } from './delivery.ts'
export { type SentInBox, sentInBox } from './erase-sent.ts'
export { AgentsError, type AgentsErrorCode, isAgentsError } from './errors.ts'
export { type FormatMessageOptions, formatMessage } from './message.ts'
export { ownersOf } from './owners-of.ts'
export { parseScreenRules } from './parse-screen-rules.ts'
export type { AnswerOutcome, PermissionAnswer, PermissionAsk } from './permission.ts'
export { type AdapterOptions, adapterFor, listPrograms } from './programs.ts'
export { readScreen } from './read-screen.ts'
export { type ResetTimeOptions, resetInstant } from './reset-time.ts'
export { type Notice, type ScreenReading, screenFinding } from './screen.ts'
export type {
  Box,
  BoxSource,
  RulePlace,
  RulesOrigin,
  RuleVerdict,
  ScreenRule,
  ScreenRuleSource,
  ScreenRules,
  ScreenRulesSource,
} from './screen-rules.ts'
export type { SimPrompt } from './sim.ts'
export { type StopAgentOptions, stopAgent } from './stop-agent.ts'
export type { Withdrawal } from './turn-end.ts'
export {
  type ActivityChange,
  type PaneSight,
  type WatchActivityOptions,
  type WatchedAgent,
  watchActivity,
} from './watch-activity.ts'
export { type ChangeWatch, watchFolder } from './watch-folder.ts'
