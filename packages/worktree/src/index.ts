export { isBranchName } from './branch-name.ts'
export type {
  Damage,
  DamageKind,
  DiagnoseOptions,
  PruneOptions,
  PruneResult,
  RepairOptions,
  RepairResult,
} from './damage-types.ts'
export type { DiskUse } from './disk-use.ts'
export {
  type GitFailure,
  isWorktreeError,
  WorktreeError,
  type WorktreeErrorCode,
  type WorktreeErrorDetails,
  type WorktreeErrorInit,
} from './errors.ts'
export type { Holder } from './find-holders.ts'
export type { Integration } from './integration.ts'
export type {
  CheckResolutionOptions,
  ConflictPrediction,
  Distance,
  DistanceRange,
  FileChange,
  FileSides,
  LostLine,
  MergeOptions,
  MergeResult,
  PredictOptions,
  ResolutionReport,
} from './merge-types.ts'
export { openRepository } from './open-repository.ts'
export type {
  AssignPortsOptions,
  CopyIncludedOptions,
  CopyIncludedResult,
  HookResult,
  PortRange,
  RunHookOptions,
} from './prepare-types.ts'
export type {
  ExpirePreservedOptions,
  ListPreservedOptions,
  PreservedWork,
  RestoreOptions,
  RestoreResult,
} from './preserved-types.ts'
export { runHook } from './run-hook.ts'
export type {
  AddWorktreeOptions,
  CancelOptions,
  CommitInfo,
  CommitRange,
  DeleteBranchOptions,
  DiffOptions,
  DiscardWorktreeOptions,
  InspectAllOptions,
  InspectOptions,
  OpenRepositoryOptions,
  PreserveOptions,
  PreserveResult,
  RefInfo,
  RemoveResult,
  RemoveWorktreeOptions,
  Repository,
  UpdateBranchOptions,
  WorktreeInfo,
  WorktreeOperation,
  WorktreeReport,
  WorktreeState,
} from './types.ts'
export { formatWorktreePath, type WorktreePathOptions } from './worktree-path.ts'
