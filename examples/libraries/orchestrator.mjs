import { writeFileSync } from 'node:fs'
import { planRun } from '@tmux-orchestrator/orchestrator'
import { temporaryRepository } from '@tmux-orchestrator/worktree/testing'

const shop = await temporaryRepository({ files: { 'package.json': '{}\n' } })
const spec = `${shop.outside}/spec.md`
writeFileSync(spec, '# Shop\n\n## Tasks\n\n- [ ] Write `cart.js`\n- [ ] Write `till.js`, after t1\n')

const choices = { agent: 'sim', verify: 'npm test' }
const { plan } = await planRun({ project: shop.dir, spec, home: `${shop.outside}/home`, env: {}, choices })
for (const { name, branch } of plan.agents) console.log(name, branch.replace(plan.id, 'ID'))
for (const { id, title, owner } of plan.tasks) console.log(`${id} ${title}: ${owner}`)
await shop[Symbol.asyncDispose]()
