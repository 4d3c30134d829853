/** A sleep that can be ended; whoever rouses it while nobody sleeps is not forgotten. */
export class Alarm {
  #isAwake = true
  #wakeUp: () => void = () => undefined

  rouse(): void {
    this.#isAwake = true
    this.#wakeUp()
  }

  async sleep(ms: number): Promise<void> {
    if (!this.#isAwake && ms > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        this.#wakeUp = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#wakeUp = () => undefined
    this.#isAwake = false
  }
}
