import { cp } from 'node:fs/promises'
import { defineConfig } from 'tsup'
import { preset } from '../../scripts/tsup-preset.mjs'

const copyExample = (): Promise<void> =>
  cp('../../examples/hello', 'dist/examples/hello', { recursive: true })

export default defineConfig(preset({ main: 'src/main.ts' }, { dts: false, onSuccess: copyExample }))
