import type { ProjectType } from './project-type.ts'

/** Properties of a project that speak for roles and size rather than for a type. */
export const traits = [
  'tests',
  'ci',
  'container',
  'database',
  'docs',
  'security',
  'monitoring',
  'network',
  'research',
  'logging',
] as const
export type Trait = (typeof traits)[number]

/** A name or place that tells something about a project. */
export interface Indicator {
  readonly id: string
  readonly tells: ProjectType | Trait
  /** Points of the first sighting, of each further one, and in all, whatever is found. */
  readonly first: number
  readonly each: number
  readonly cap: number
  /** Exact file names, file endings, folder names and folder paths; lower case. */
  readonly files?: readonly string[]
  readonly endings?: readonly string[]
  readonly folders?: readonly string[]
  readonly paths?: readonly string[]
  /** Deepest place that counts; 0 is the project's own folder. Default: any depth. */
  readonly depthMax?: number
}

type Where = Pick<Indicator, 'files' | 'endings' | 'folders' | 'paths' | 'depthMax'>
type Points = readonly [first: number, each?: number, cap?: number]

function indicator(id: string, tells: Indicator['tells'], points: Points, where: Where): Indicator {
  const [first, each = 0, cap = first] = points
  return { id, tells, first, each, cap, ...where }
}

const manifests = [
  ...['package.json', 'deno.json', 'deno.jsonc', 'requirements.txt', 'pyproject.toml', 'setup.py', 'pipfile'],
  ...['go.mod', 'cargo.toml', 'pom.xml', 'build.gradle', 'build.gradle.kts', 'build.sbt', 'gemfile'],
  ...['composer.json', 'mix.exs', 'package.swift', 'pubspec.yaml', 'cmakelists.txt', 'meson.build'],
  ...['configure.ac', 'stack.yaml', 'dune-project', 'rebar.config', 'project.clj', 'deps.edn', 'build.zig'],
]
const projectEndings = ['.csproj', '.fsproj', '.vbproj', '.sln', '.gemspec', '.cabal', '.xcodeproj']

const code = [
  indicator('manifest', 'code_project', [30, 5, 40], {
    files: manifests,
    endings: projectEndings,
    depthMax: 2,
  }),
]

const deployment = [
  indicator('deployment notes', 'system_deployment', [40, 5, 50], {
    endings: ['_deployment.md', '-deployment.md', '_runbook.md', '-runbook.md'],
    depthMax: 2,
  }),
  indicator('deployment document', 'system_deployment', [30, 5, 40], {
    files: ['deployment.md', 'runbook.md'],
    depthMax: 2,
  }),
  indicator('service unit', 'system_deployment', [30, 4, 50], { endings: ['.service', '.timer'] }),
  indicator('ansible', 'system_deployment', [50, 5, 60], {
    files: ['ansible.cfg', 'playbook.yml', 'playbook.yaml'],
    folders: ['ansible', 'playbooks'],
    depthMax: 1,
  }),
  indicator('configuration management', 'system_deployment', [45, 5, 55], {
    files: ['puppetfile', 'berksfile', 'vagrantfile', 'top.sls', 'inventory.ini'],
    endings: ['.sls'],
    depthMax: 2,
  }),
  indicator('puppet', 'system_deployment', [25, 3, 40], { endings: ['.pp', '.nomad'] }),
  indicator('deployment folder', 'system_deployment', [25, 5, 35], {
    folders: ['deployment', 'deployments', 'deploy', 'infrastructure', 'systemd'],
    depthMax: 0,
  }),
  indicator('kubernetes', 'system_deployment', [25, 5, 40], {
    files: ['chart.yaml', 'kustomization.yaml', 'kustomization.yml', 'helmfile.yaml', 'skaffold.yaml'],
    folders: ['k8s', 'kubernetes', 'helm'],
    depthMax: 2,
  }),
  indicator('compose file', 'system_deployment', [5], {
    files: ['docker-compose.yml', 'docker-compose.yaml', 'compose.yml', 'compose.yaml'],
    depthMax: 0,
  }),
]

const data = [
  indicator('pipeline settings', 'data_pipeline', [60, 10, 75], {
    files: [
      ...['airflow.cfg', 'luigi.cfg', 'dbt_project.yml', 'dagster.yaml', 'prefect.yaml', 'dvc.yaml'],
      ...['meltano.yml', 'snakefile', 'nextflow.config', 'kedro.yml', 'mlproject', 'great_expectations.yml'],
    ],
    depthMax: 1,
  }),
  indicator('dag folder', 'data_pipeline', [50], { folders: ['dags'], depthMax: 1 }),
  indicator('etl folder', 'data_pipeline', [35], { folders: ['etl', 'elt', 'ingestion'], depthMax: 1 }),
  indicator('pipeline folder', 'data_pipeline', [30], { folders: ['pipeline', 'pipelines'], depthMax: 0 }),
  indicator('data folder', 'data_pipeline', [10], { folders: ['data', 'datasets'], depthMax: 0 }),
  indicator('column files', 'data_pipeline', [12, 1, 20], {
    endings: ['.parquet', '.avro', '.orc', '.feather'],
  }),
  indicator('tables as text', 'data_pipeline', [6, 0.5, 10], { endings: ['.csv', '.tsv', '.ndjson'] }),
  indicator('notebooks', 'data_pipeline', [10, 2, 20], { endings: ['.ipynb'] }),
  indicator('workflow files', 'data_pipeline', [25, 5, 40], { endings: ['.nf', '.smk'] }),
  indicator('queries', 'data_pipeline', [5, 0.5, 12], { endings: ['.sql'] }),
]

const infrastructure = [
  indicator('terraform at the root', 'infrastructure_as_code', [45, 5, 60], {
    endings: ['.tf', '.tofu', '.tf.json'],
    depthMax: 0,
  }),
  indicator('terraform files', 'infrastructure_as_code', [20, 1, 30], {
    endings: ['.tf', '.tofu', '.tf.json'],
  }),
  indicator('terraform values', 'infrastructure_as_code', [8, 1, 12], { endings: ['.tfvars'] }),
  indicator('terraform folder', 'infrastructure_as_code', [10], {
    folders: ['terraform', 'tofu', 'terragrunt'],
    depthMax: 1,
  }),
  indicator('stack settings', 'infrastructure_as_code', [60], {
    files: ['pulumi.yaml', 'cdk.json', 'terragrunt.hcl', 'template.bicep', 'cdktf.json'],
    depthMax: 1,
  }),
  indicator('cloud templates', 'infrastructure_as_code', [40, 5, 55], {
    files: ['cloudformation.json', 'cloudformation.yaml', 'cloudformation.yml', 'samconfig.toml'],
    endings: ['.bicep'],
    folders: ['cloudformation', 'crossplane', 'pulumi'],
    depthMax: 2,
  }),
]

const trait = (id: string, tells: Trait, where: Where): Indicator => indicator(id, tells, [1], where)

const properties = [
  trait('continuous integration', 'ci', {
    files: [
      ...['.gitlab-ci.yml', 'jenkinsfile', 'azure-pipelines.yml', '.travis.yml', 'bitbucket-pipelines.yml'],
      ...['.drone.yml', '.woodpecker.yml', 'appveyor.yml', '.cirrus.yml'],
    ],
    paths: ['.github/workflows', '.circleci', '.buildkite', '.ci', '.gitea/workflows', '.forgejo/workflows'],
    depthMax: 1,
  }),
  trait('container', 'container', {
    files: [
      ...['dockerfile', 'containerfile', 'docker-compose.yml', 'docker-compose.yaml', 'compose.yml'],
      ...['compose.yaml', 'docker-bake.hcl'],
    ],
    endings: ['.dockerfile'],
  }),
  trait('database', 'database', {
    files: [
      'schema.prisma',
      'alembic.ini',
      'flyway.conf',
      'liquibase.properties',
      'schema.rb',
      'knexfile.js',
    ],
    endings: ['.sql'],
    folders: ['migrations', 'migrate'],
  }),
  trait('documentation', 'docs', {
    files: ['mkdocs.yml', 'docusaurus.config.js', 'docusaurus.config.ts', 'antora.yml', 'book.toml'],
    folders: ['docs', 'doc', 'documentation'],
    depthMax: 1,
  }),
  trait('security', 'security', {
    files: ['.gitleaks.toml', 'trivy.yaml', '.snyk', '.sops.yaml'],
    endings: ['.rego'],
    folders: ['auth', 'security', 'vault', 'oauth'],
    depthMax: 3,
  }),
  trait('monitoring', 'monitoring', {
    files: ['prometheus.yml', 'prometheus.yaml', 'alertmanager.yml', 'otel-collector-config.yaml'],
    folders: ['monitoring', 'grafana', 'prometheus', 'alerts'],
    depthMax: 3,
  }),
  trait('network', 'network', {
    files: ['nginx.conf', 'haproxy.cfg', 'caddyfile', 'envoy.yaml', 'traefik.yml', 'traefik.yaml'],
    endings: ['.zone'],
    folders: ['network', 'networking', 'firewall', 'dns', 'nginx'],
    depthMax: 3,
  }),
  trait('research', 'research', { folders: ['research', 'papers', 'experiments'], depthMax: 1 }),
  trait('log handling', 'logging', {
    files: ['logstash.conf', 'fluent.conf', 'fluent-bit.conf', 'filebeat.yml', 'loki.yaml', 'vector.toml'],
    folders: ['fluentd', 'logstash'],
    depthMax: 3,
  }),
]

/** Everything that is looked for by name. Contents are never read. */
export const indicators: readonly Indicator[] = [
  ...code,
  ...deployment,
  ...data,
  ...infrastructure,
  ...properties,
]
