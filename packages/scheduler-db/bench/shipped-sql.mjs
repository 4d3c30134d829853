import Sqlite from 'better-sqlite3'
import { claimJobs, completeJob } from '../dist/index.js'

const mark = { now: 1_111_111_111_111, leaseMs: 30_000, id: 'the id', token: 222_222 }
const options = { queue: 'q', kinds: ['k'], owner: 'bench', leaseMs: mark.leaseMs, limit: 1, now: mark.now }

/**
 * The statements of a claim and a completion as they reach SQLite from this store, each with a function that gives its values: what a
 * program would have to run by hand. Takes one job.
 */
export async function sqliteSql(store) {
  let job
  const claim = await recordSqlite(async () => {
    ;[job] = await store.claim(options)
  })
  const { id, token } = job
  const completion = await recordSqlite(() => store.complete({ id, token, now: mark.now }), { id, token })
  return { claim: claim[0], completion }
}

async function recordSqlite(work, marks = {}) {
  const database = new Sqlite(':memory:')
  const prototype = Object.getPrototypeOf(database.prepare('SELECT 1'))
  database.close()
  const kept = { all: prototype.all, run: prototype.run }
  const seen = []
  for (const [name, original] of Object.entries(kept)) {
    prototype[name] = function (...values) {
      seen.push({ text: this.source, bind: binder(values.flat(), { ...mark, ...marks }) })
      return original.apply(this, values)
    }
  }
  try {
    await work()
  } finally {
    Object.assign(prototype, kept)
  }
  return seen
}

/** The same as the functions of this package give them to a transaction. */
export async function shippedSql(store) {
  const record = async (run) => {
    const seen = []
    await store.transaction((tx) =>
      run({
        getExecutor: () => tx.getExecutor(),
        executeQuery: async ({ sql, parameters }) => {
          seen.push({ text: sql, bind: binder(parameters, mark) })
          return { rows: [], numAffectedRows: 1n }
        },
      }),
    )
    return seen
  }
  const [claim] = await record((runner) => claimJobs(runner, options))
  const { id, token, now } = mark
  const completion = await record((runner) => completeJob(runner, { id, token, now }))
  return { claim, completion }
}

function binder(parameters, marks) {
  return ({ now, id, token }) =>
    parameters.map((value) => {
      if (value === marks.now) return now
      if (value === marks.now + marks.leaseMs) return now + marks.leaseMs
      if (value === marks.id) return id
      return value === marks.token ? token : value
    })
}
