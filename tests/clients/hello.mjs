// The smallest phone: says what it runs on and whether the server answers.

import { answerCommands } from './commands.mjs'

const [server] = process.argv.slice(2)

await answerCommands({
  versions: () => ({ node: process.versions.node }),
  live: async () => (await fetch(`${server}/health/live`)).status,
  fail: () => {
    throw new Error('as asked')
  },
})
