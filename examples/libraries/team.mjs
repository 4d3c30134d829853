import { assignTasks, composeTeam, parseSpec, profileOfPaths } from '@tmux-orchestrator/team'

const spec = parseSpec(`# Shop
## Tasks
- [ ] Write \`src/cart.ts\`
- [ ] Write \`src/till.ts\`, after t1
- [ ] Set up the nightly backup (owner: devops)
`)
const profile = profileOfPaths(['package.json', 'src/shop.ts', 'test/shop.test.ts', 'Dockerfile'])
const team = composeTeam({ profile, spec })
console.log(team.projectType, team.size)
for (const { name, evidence } of team.agents) console.log(`${name}: ${evidence.join('; ')}`)
for (const { task, owner } of assignTasks(team, spec)) console.log(`${task} → ${owner}`)
