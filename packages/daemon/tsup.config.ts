import { defineConfig } from 'tsup'
import { preset } from '../../scripts/tsup-preset.mjs'

export default defineConfig(
  preset({
    index: 'src/index.ts',
    'store-worker': 'src/store-worker.ts',
    verb: 'src/verb.ts',
    main: 'src/main.ts',
  }),
)
