import { writeFileSync } from 'node:fs'
import { openRepository } from '@tmux-orchestrator/worktree'
import { temporaryRepository } from '@tmux-orchestrator/worktree/testing'

const shop = await temporaryRepository({ files: { 'README.md': 'A shop.\n' } })
const repository = await openRepository(shop.dir)
const place = { path: `${shop.outside}/ada`, branch: 'team/ada', base: 'main' }
const { path, branch } = await repository.addWorktree(place)
writeFileSync(`${path}/cart.js`, 'export const cart = []\n')

const first = await repository.removeWorktree(path)
console.log(branch, first.status, first.status === 'refused' ? first.losses : '')
const second = await repository.removeWorktree(path, { force: 'preserve', preserveRef: 'refs/saved/ada/*' })
console.log(branch, second.status, second.status === 'removed' ? second.preserved?.ref : '')
console.log(await shop.git('show', 'refs/saved/ada/1:cart.js'))
await shop[Symbol.asyncDispose]()
