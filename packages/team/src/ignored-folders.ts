/** Folders that tools fill: dependencies, build output, caches, version control. Lower case. */
const names: ReadonlySet<string> = new Set([
  ...['.git', '.hg', '.svn', '.bzr', '.jj', '.worktrees', '.idea', '.vscode', '.vs', '.fleet'],
  ...['node_modules', 'bower_components', 'jspm_packages', '.yarn', '.pnpm-store', '.npm'],
  ...[
    'vendor',
    'vendors',
    'vendored',
    'third_party',
    'third-party',
    'thirdparty',
    'deps',
    'pods',
    'carthage',
  ],
  ...['dist', 'build', '_build', 'out', 'target', 'obj', 'deriveddata', 'storybook-static', '.output'],
  ...['coverage', '.nyc_output', 'htmlcov', 'generated', '__generated__', '.generated', 'gen-src'],
  ...[
    '.next',
    '.nuxt',
    '.svelte-kit',
    '.astro',
    '.angular',
    '.parcel-cache',
    '.turbo',
    '.vite',
    '.docusaurus',
  ],
  ...['venv', '.venv', 'env', '.env', 'virtualenv', '__pycache__', 'site-packages', '.tox', '.nox', '.eggs'],
  ...['.mypy_cache', '.pytest_cache', '.ruff_cache', '.hypothesis', '.ipynb_checkpoints', '__pypackages__'],
  ...['.gradle', '.m2', '.bundle', '.stack-work', 'dist-newstyle', '.dart_tool', 'elm-stuff', '.cargo'],
  ...[
    '.terraform',
    '.terragrunt-cache',
    '.serverless',
    '.aws-sam',
    'cdk.out',
    '.pulumi',
    '.vagrant',
    '.kitchen',
  ],
  ...['tmp', 'temp', '.tmp', '.cache', 'logs', '.direnv', '.devenv', '.dvc', 'lost+found'],
])

/** A file that marks its folder as filled by a tool: a virtual environment, a cache. */
const marks: ReadonlySet<string> = new Set(['pyvenv.cfg', 'CACHEDIR.TAG'])

/** Whether a folder of this name holds what was vendored or generated rather than written. */
export function isIgnoredFolder(name: string): boolean {
  const lower = name.toLowerCase()
  return names.has(lower) || lower.startsWith('cmake-build-') || lower.endsWith('.egg-info')
}

/** Whether the presence of this file says that its folder is a tool's. */
export function marksGeneratedFolder(fileName: string): boolean {
  return marks.has(fileName)
}
