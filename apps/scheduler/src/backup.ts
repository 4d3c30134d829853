import { resolve } from 'node:path'
import { type Command, defineCommand } from '@tmux-orchestrator/cli'
import { callerOf, lockHome, readSettings, refuseAgent, resolveHome } from '@tmux-orchestrator/daemon'
import { backUpStore, restoreStore } from '@tmux-orchestrator/scheduler-db'

/** What `tmo-scheduler backup --json` prints. */
export interface BackupAnswer {
  readonly database: string
  readonly file: string
}

export const backupCommand: Command = defineCommand({
  name: 'backup',
  summary: 'Copy the database of this home to a file, also while the daemon runs.',
  description:
    'The copy is checked. A file that is there already is not replaced. For PostgreSQL use pg_dump.',
  examples: ['tmo-scheduler backup /backups/tmo-monday.db'],
  args: [{ name: 'file', description: 'the file to be made', required: true }],
  async run({ args, context: { env, cwd } }): Promise<BackupAnswer> {
    const { database } = readSettings(resolveHome(env), env)
    const file = resolve(cwd, args.file)
    await backUpStore({ url: database, target: file })
    return { database, file }
  },
  render: ({ database, file }: BackupAnswer) => `${database} copied to ${file}`,
})

/** What `tmo-scheduler restore --json` prints. */
export interface RestoreAnswer {
  readonly database: string
  readonly from: string
  /** Where the file is that was in use until now; absent when there was none. */
  readonly aside?: string
}

export const restoreCommand: Command = defineCommand({
  name: 'restore',
  summary: 'Put a backup in the place of the database; the daemon must not run.',
  description:
    'The backup is checked and stays. The database that was in use is moved aside, beside the new one.',
  examples: ['tmo-scheduler restore /backups/tmo-monday.db'],
  args: [{ name: 'file', description: 'a backup', required: true }],
  async run({ args, context: { env, cwd } }): Promise<RestoreAnswer> {
    refuseAgent(callerOf(env), 'restore')
    const { database } = readSettings(resolveHome(env), env)
    const from = resolve(cwd, args.file)
    // A daemon that starts meanwhile would go on with the file that is moved aside.
    await using _lock = await lockHome({ env })
    const aside = await restoreStore({ url: database, from })
    return { database, from, ...(aside === undefined ? {} : { aside }) }
  },
  render: ({ database, from, aside }: RestoreAnswer) =>
    `${database} is as in ${from}${aside === undefined ? '' : `; what was there is ${aside}`}`,
})
