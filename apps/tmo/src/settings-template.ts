/** What `tmo init` found in a project and on this machine; absent is what it did not find. */
export interface FoundSettings {
  /** An agent program that is installed. */
  readonly agent?: string
  /** The others that are. */
  readonly otherAgents: readonly string[]
  readonly verify?: { readonly command: string; readonly from: string }
  readonly base?: string
  /** Ignored files that a new worktree would lack. */
  readonly copy: readonly string[]
}

interface Setting {
  readonly key: string
  /** In YAML, on one line. */
  readonly value: string
  readonly note: string
  readonly isFound?: boolean
}

/** The text of `.tmo/config.yaml`: what was found holds, and every other key stands in a comment, with its default or an example. */
export function formatSettings(found: FoundSettings): string {
  const lines = listSettings(found).map(
    ({ key, value, note, isFound }) => `# ${note}\n${isFound === true ? '' : '# '}${key}: ${value}\n`,
  )
  return `# Settings of tmux-orchestrator for this project, each optional; flags of "tmo run" win over them.\n\n${lines.join('\n')}`
}

function listSettings({ agent, otherAgents, verify, base, copy }: FoundSettings): readonly Setting[] {
  const others = otherAgents.length === 0 ? '' : `; also installed: ${otherAgents.join(', ')}`
  const start = base === undefined ? '' : `, now ${inComment(base)}`
  return [
    {
      key: 'agent',
      value: agent ?? 'claude',
      note: `sim, claude, codex, gemini, opencode, or a command line${others}`,
      isFound: agent !== undefined,
    },
    {
      key: 'verify',
      value: quoted(verify?.command ?? 'npm test'),
      note: `a shell command that has to exit 0 in a clean tree at each commit that is merged${verify === undefined ? '' : `; from ${verify.from}`}`,
      isFound: verify !== undefined,
    },
    {
      key: 'copy',
      value: `[${(copy.length === 0 ? ['.env*'] : copy).map(quoted).join(', ')}]`,
      note: 'files that git ignores and each worktree needs',
      isFound: copy.length > 0,
    },
    { key: 'base', value: 'main', note: `where the work begins; default: the checked-out branch${start}` },
    ...otherSettings,
  ]
}

const otherSettings: readonly Setting[] = [
  { key: 'model', value: 'opus', note: "the agent program's model; default: its own" },
  { key: 'permissionMode', value: 'acceptEdits', note: "the agent program's permission mode" },
  { key: 'agentOptions', value: '{}', note: 'options of its adapter' },
  {
    key: 'roles',
    value: '[developer, developer, tester]',
    note: 'exactly these, in place of a composed team',
  },
  {
    key: 'teamType',
    value: 'auto',
    note: 'auto, code_project, system_deployment, data_pipeline, infrastructure_as_code',
  },
  { key: 'size', value: 'auto', note: 'how large the work is: auto, small, medium, large' },
  { key: 'plan', value: 'max5', note: 'how many agents your plan carries: pro, max5, max20, console' },
  { key: 'verifyTimeoutSeconds', value: '900', note: 'how long verify may take' },
  { key: 'merge', value: 'integration', note: 'or none: verify, and leave each branch where it is' },
  { key: 'branchPrefix', value: 'tmo', note: 'branches are PREFIX/ID/NAME' },
  {
    key: 'briefTimeoutSeconds',
    value: '60',
    note: 'how long a program may take to show that its brief arrived',
  },
  { key: 'checkInMinutes', value: '30', note: "by default the role's" },
  {
    key: 'setup',
    value: '.tmo/setup',
    note: 'a program of the repository (with #!) that makes each new worktree ready',
  },
  { key: 'teardown', value: '.tmo/teardown', note: 'the one that undoes it before the worktree goes' },
  { key: 'hookTimeoutSeconds', value: '300', note: 'how long each of the two may take' },
  { key: 'ports', value: '10', note: 'of each agent alone: TMO_PORT_FIRST to TMO_PORT_LAST' },
  {
    key: 'permissions',
    value: '{ "*": { deny: ["Bash(git push *)"] }, developer: { allow: ["Bash(npm test *)"] } }',
    note: "what agents' programs may do without asking, by role, or * for all; what nothing allows asks you",
  },
]

/** JSON is YAML. */
function quoted(text: string): string {
  return /^[A-Za-z][\w ./-]*$/.test(text) && !text.endsWith(' ') ? text : JSON.stringify(text)
}

/** Nothing that was found ends the comment. */
function inComment(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
