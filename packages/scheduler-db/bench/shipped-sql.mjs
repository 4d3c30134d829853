import { claimJobs, completeJob } from '../dist/index.js'

const mark = { now: 1_111_111_111_111, leaseMs: 30_000, id: 'the id', token: 222_222 }

/**
 * The texts of a claim and a completion as they ship for this store's dialect, each with a function that gives its values: what
 * a program would have to run by hand.
 */
export async function shippedSql(store) {
  const record = async (run) => {
    const seen = []
    await store.transaction((tx) =>
      run({
        getExecutor: () => tx.getExecutor(),
        executeQuery: async ({ sql, parameters }) => {
          seen.push({ text: sql, bind: binder(parameters) })
          return { rows: [], numAffectedRows: 1n }
        },
      }),
    )
    return seen
  }
  const { now, leaseMs, id, token } = mark
  const options = { queue: 'q', kinds: ['k'], owner: 'bench', leaseMs, limit: 1, now }
  const [claim] = await record((runner) => claimJobs(runner, options))
  const completion = await record((runner) => completeJob(runner, { id, token, now }))
  return { claim, completion }
}

function binder(parameters) {
  return ({ now, id, token }) =>
    parameters.map((value) => {
      if (value === mark.now) return now
      if (value === mark.now + mark.leaseMs) return now + mark.leaseMs
      if (value === mark.id) return id
      return value === mark.token ? token : value
    })
}
