// WatermelonDB is made for bundlers, which find a folder's index.js; Node is told to.

import { createRequire, registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

const require = createRequire(import.meta.url)

registerHooks({
  resolve(specifier, context, next) {
    const ours = specifier.startsWith('@nozbe/watermelondb') && context.conditions.includes('import')
    return next(ours ? pathToFileURL(require.resolve(specifier)).href : specifier, context)
  },
})
