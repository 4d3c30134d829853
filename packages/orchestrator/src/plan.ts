/** What a command needs to plan a run; it loads neither the engine nor its store. */
export { configDefaults, configKeys, type LoadedConfig, loadConfig, type ProjectConfig } from './config.ts'
export { giveConsent } from './consents.ts'
export { isOrchestratorError, OrchestratorError, type OrchestratorErrorCode } from './errors.ts'
export { launchChoices } from './launch-choices.ts'
export {
  findProjectRoot,
  lookAtProject,
  type PlannedRun,
  type PlanRunOptions,
  type ProjectOutlook,
  planRun,
  type RunChoices,
} from './plan-run.ts'
export { hooksOf, type UnagreedHooks } from './preparation.ts'
export { type IgnoredGrants, type ProjectCommand, refuseUnagreed, type Unagreed } from './project-grants.ts'
export type { PlannedAgent, PlannedTask, RunPlan } from './protocol.ts'
