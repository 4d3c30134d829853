export { isBranchName } from './branch-name.ts'
export {
  type GitFailure,
  isWorktreeError,
  WorktreeError,
  type WorktreeErrorCode,
  type WorktreeErrorDetails,
  type WorktreeErrorInit,
} from './errors.ts'
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
  MergeOptions,
  MergeResult,
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
