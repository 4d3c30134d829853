import { defineConfig } from 'tsup'
import { preset } from '../../scripts/tsup-preset.mjs'

export default defineConfig(
  preset({
    index: 'src/index.ts',
    main: 'src/main.ts',
    model: 'src/model.ts',
    conformance: 'src/conformance.ts',
  }),
)
