import { openModelServer } from '@tmux-orchestrator/agent-sim/model'

const model = await openModelServer() // what an agent program takes as its ANTHROPIC_BASE_URL is model.url
const tools = [{ name: 'Bash' }]
for (const content of ['Run the tests. <<bash npm test>>', 'Once more. <<429 30>>', 'Thank you.']) {
  const body = JSON.stringify({ model: 'any', tools, messages: [{ role: 'user', content }] })
  const response = await fetch(`${model.url}/v1/messages`, { method: 'POST', body })
  console.log(response.status, /"(tool_use|rate_limit_error|end_turn)"/.exec(await response.text())?.[1])
}
for (const { userText, step } of model.requests())
  console.log(userText, '→', step?.op ?? 'its length and hash')
await model.close()
