import { daemon8 } from './daemon8.mjs'
import { bench as verbs } from './verbs.mjs'

/** What agents' verbs cost, and what eight programs get from one daemon. */
export async function bench() {
  return [...(await verbs()), ...(await daemon8())]
}
