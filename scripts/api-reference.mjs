import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, relative } from 'node:path'
import { Application } from 'typedoc'
import { listEntries, listLibraries } from './exported-names.mjs'
import { cacheDirectory, root, runScript, SetupError, say } from './say.mjs'

const out = `${root}/docs/api`
const project = `${cacheDirectory}/tsconfig.docs.json`

/**
 * npm run docs: writes `docs/api/LIBRARY.md`, and `LIBRARY-ENTRY.md` for a further entry, from the types and comments of what each library
 * exports. Packages have to be built, as they find each other's types there.
 */
await runScript(async () => {
  const entries = listLibraries().flatMap((library) =>
    listEntries(library).map((file) => ({ file, page: pageOf(library.directory, file) })),
  )
  mkdirSync(cacheDirectory, { recursive: true })
  const files = entries.map(({ file }) => file)
  writeFileSync(project, JSON.stringify({ extends: `${root}/tsconfig.base.json`, files }))
  rmSync(out, { recursive: true, force: true })
  say(`describing ${entries.length} entries …`)
  await generate(entries)
  console.log(relative(process.cwd(), `${out}/README.md`))
  return 0
})

/** @param {string} directory @param {string} file */
function pageOf(directory, file) {
  const entry = basename(file, '.ts')
  return basename(directory) + (entry === 'index' ? '' : `-${entry}`)
}

/** @param {readonly { file: string, page: string }[]} entries */
async function generate(entries) {
  const options = {
    entryPoints: entries.map(({ file }) => file),
    basePath: root,
    tsconfig: project,
    out,
    plugin: ['typedoc-plugin-markdown'],
    router: 'module',
    readme: 'none',
    name: 'API reference',
    disableSources: true,
    excludeExternals: true,
    excludePrivate: true,
    hidePageHeader: true,
    hideBreadcrumbs: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    validation: { notExported: false },
    treatWarningsAsErrors: true,
    logLevel: 'Warn',
  }
  const app = await Application.bootstrapWithPlugins(/** @type {object} */ (options))
  const reflection = await app.convert()
  // typedoc calls a module by its path, without `index.ts`
  const pages = new Map(
    entries.map(({ file, page }) => [relative(root, file).replace(/(\/index)?\.ts$/, ''), page]),
  )
  for (const module of reflection?.children ?? []) module.name = pages.get(module.name) ?? module.name
  if (reflection !== undefined) await app.generateOutputs(reflection)
  if (app.logger.hasErrors() || app.logger.hasWarnings())
    throw new SetupError('the API reference is not sound', 'mend what is said above')
}
