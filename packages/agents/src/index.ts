export type {
  Activity,
  ActivitySource,
  ActivityState,
  ErrorKind,
  Failed,
  Finding,
  Limited,
  Plain,
  Signal,
} from './activity.ts'
export type {
  AgentAdapter,
  AgentHandle,
  ConversationQuery,
  Detection,
  DetectOptions,
  LaunchPlan,
  LaunchRequest,
  PaneLook,
  Presence,
  Problem,
  SendOutcome,
  SendRequest,
  TokenQuery,
  Usage,
} from './adapter.ts'
export { deliver } from './deliver.ts'
export type { DeliverOptions, Delivery, Message, PaneIo, RefusalReason } from './delivery.ts'
export { AgentsError, type AgentsErrorCode, isAgentsError } from './errors.ts'
export { type FormatMessageOptions, formatMessage } from './message.ts'
export { type AdapterOptions, adapterFor, listPrograms } from './programs.ts'
export type { Notice, ScreenReading } from './screen.ts'
export type {
  BoxSource,
  RulePlace,
  RuleVerdict,
  ScreenRuleSource,
  ScreenRulesSource,
} from './screen-rules.ts'
