// npm test: see run-all-tests.mjs
import { isNodeRecent } from './require-node.mjs'

if (isNodeRecent(process.versions.node)) import('./run-all-tests.mjs')
