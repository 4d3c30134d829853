export type {
  AgentView,
  BoxView,
  ErrorView,
  EventView,
  JobView,
  MessageView,
  OrchestrationSummary,
  OrchestrationView,
  PermissionView,
  QuestionView,
  ReportView,
  SignalView,
  TaskView,
} from './answers.ts'
export type { CommandMap, Desired, QueryMap } from './command-map.ts'
export { configDefaults, configKeys, type LoadedConfig, loadConfig, type ProjectConfig } from './config.ts'
export type { ActivityTimes, AgentCost, CostView, Texts, UsageNumber, UsageSum } from './cost.ts'
export {
  type Action,
  diff,
  type Observed,
  type ObservedAgent,
  type ObservedPane,
  type Presence,
} from './diff.ts'
export { startEngine } from './engine.ts'
export type { Engine, EngineOptions, EngineStatus } from './engine-options.ts'
export {
  isOrchestratorError,
  OrchestratorError,
  type OrchestratorErrorCode,
  type OrchestratorErrorOptions,
} from './errors.ts'
export { type CommandContext, type Database, type Ledger, runCommand, runQuery } from './ledger.ts'
export type { LimitView } from './limit-view.ts'
export { orchestratorMigrations } from './migrations.ts'
export { parseConfig } from './parse-config.ts'
export { parseWhen, type When } from './parse-when.ts'
export type { PermissionPolicy, PermissionRules } from './permission-policy.ts'
export { type PlannedRun, type PlanRunOptions, planRun, type RunChoices } from './plan-run.ts'
export type { IgnoredGrants } from './project-grants.ts'
export type {
  EngineRequest,
  EngineRequests,
  Identity,
  PlannedAgent,
  PlannedTask,
  RequestName,
  RunPlan,
  VerbRequest,
  VerbResult,
} from './protocol.ts'
export type { LogEntry } from './runtime.ts'
export type {
  AgentState,
  BranchState,
  MessageState,
  OrchestrationState,
  OrchestratorTables,
  ReportKind,
  TaskState,
} from './tables.ts'
