import { defineConfig } from 'tsup'
import { preset } from '../../scripts/tsup-preset.mjs'

export default defineConfig(
  preset(
    { main: 'src/main.ts', command: 'src/command.ts' },
    { dts: { entry: { command: 'src/command.ts' }, compilerOptions: { ignoreDeprecations: '6.0' } } },
  ),
)
