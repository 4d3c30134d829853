export { isBranchName } from './branch-name.ts'
export {
  type GitFailure,
  isWorktreeError,
  WorktreeError,
  type WorktreeErrorCode,
  type WorktreeErrorDetails,
  type WorktreeErrorInit,
} from './errors.ts'
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
  AddWorktreeOptions,
  CancelOptions,
  CommitInfo,
  CommitRange,
  DeleteBranchOptions,
  DiffOptions,
  DiscardWorktreeOptions,
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
  WorktreeState,
} from './types.ts'
