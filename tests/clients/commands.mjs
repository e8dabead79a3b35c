// A phone in a process of its own: JSON lines in on stdin, one JSON line back for each.
//
// In:  {"id": 1, "do": "sync", "with": {...}}
// Out: {"id": 1, "result": ...}  or  {"id": 1, "error": {"name", "message"}}
//
// What the libraries print goes to stderr, where the test finds it when it fails.

import { createInterface } from 'node:readline'
import { format } from 'node:util'

for (const name of ['debug', 'info', 'log', 'warn', 'error']) {
  console[name] = (...words) => process.stderr.write(`${format(...words)}\n`)
}
process.on('unhandledRejection', (reason) => console.error('unhandled rejection', reason))

/** Answer each line with what commands[do](with) returns; they may run side by side. */
export async function answerCommands(commands) {
  const lines = createInterface({ input: process.stdin })
  const open = new Set()
  for await (const line of lines) {
    const work = answer(commands, JSON.parse(line)).finally(() => open.delete(work))
    open.add(work)
  }
  await Promise.all(open)
  process.exit(0)
}

async function answer(commands, { id, do: name, with: given }) {
  let reply
  try {
    if (!(name in commands)) throw new Error(`there is no command ${name}`)
    reply = { id, result: (await commands[name](given ?? {})) ?? null }
  } catch (error) {
    reply = { id, error: { name: error?.name ?? 'Error', message: String(error?.message ?? error) } }
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`)
}
