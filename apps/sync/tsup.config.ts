import { defineConfig } from 'tsup'
import { preset } from '../../scripts/tsup-preset.mjs'

export default defineConfig(
  preset(
    { main: 'src/main.ts', commands: 'src/commands.ts' },
    { dts: { entry: { commands: 'src/commands.ts' }, compilerOptions: { ignoreDeprecations: '6.0' } } },
  ),
)
