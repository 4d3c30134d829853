// npm start: see run-main-job.mjs
import { isNodeRecent } from './require-node.mjs'

if (isNodeRecent(process.versions.node)) import('./run-main-job.mjs')
