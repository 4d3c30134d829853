/** What a daemon counts of itself since its start. */
export class Counters {
  requests = 0
  requestsFailed = 0
  verbs = 0

  /** Counts one request and how it ended. */
  async count<T>(name: string, run: () => Promise<T>): Promise<T> {
    this.requests += 1
    if (name === 'verb') this.verbs += 1
    try {
      return await run()
    } catch (error) {
      this.requestsFailed += 1
      throw error
    }
  }
}
