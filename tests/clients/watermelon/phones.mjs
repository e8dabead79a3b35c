// Phones with the real WatermelonDB on its LokiJS adapter; a command names its phone.

import './resolve.mjs'
import { createRequire } from 'node:module'
import { answerCommands } from '../commands.mjs'

const LokiJSAdapter = createRequire(import.meta.url)('@nozbe/watermelondb/adapters/lokijs').default
const { Database } = await import('@nozbe/watermelondb')
const { diagnoseSyncConsistency } = await import('@nozbe/watermelondb/diagnostics')
const { hasUnsyncedChanges } = await import('@nozbe/watermelondb/sync')
const { addColumns, createTable, schemaMigrations } = await import('@nozbe/watermelondb/Schema/migrations')
const { schema } = await import('./schema.js')
const { modelClasses } = await import('./models.js')
const { syncDiary } = await import('./sync.js')
const { sendEverythingAgain } = await import('./resend.js')
const { bareSync, barePull } = await import('./bare.js')

const [server] = process.argv.slice(2)
const address = `${server}/api/v1/sync/watermelon`
const plainFetch = globalThis.fetch
const phones = new Map()

/** One phone: its database, its session, and what is to go wrong next. */
class Phone {
  /** `without` names tables and columns that its app does not know yet. */
  constructor({ name, token, device, without = [] }) {
    Object.assign(this, { name, token, device, without, fault: null, pushes: [], shown: [] })
    this.use(
      new LokiJSAdapter({
        dbName: name,
        schema: leaveOut(without),
        migrations: schemaMigrations({ migrations: [] }),
        useWebWorker: false,
        useIncrementalIndexedDB: false,
        extraLokiOptions: { autosave: false },
      }),
    )
  }

  use(adapter) {
    const classes = modelClasses.filter(({ table }) => table in adapter.schema.tables)
    // A class of its own for each database: WatermelonDB writes into them.
    this.database = new Database({ adapter, modelClasses: classes.map((each) => class extends each {}) })
  }

  /** Close the app and open it again, perhaps its next version; the database stays. */
  async restart(options = {}) {
    const adapter = this.database.adapter.underlyingAdapter
    await new Promise((saved, failed) =>
      adapter._driver.loki.saveDatabase((error) => (error ? failed(error) : saved())),
    )
    this.use(await adapter.testClone(options))
  }

  /** Close the app and open its next version, which knows everything. */
  async upgrade() {
    const steps = this.without.map((name) => {
      const [table, column] = name.split('.')
      const columns = schema.tables[table].columnArray
      return column
        ? addColumns({ table, columns: columns.filter((each) => each.name === column) })
        : createTable({ name: table, columns })
    })
    await this.restart({
      schema: { ...schema, version: 2 },
      migrations: schemaMigrations({ migrations: [{ toVersion: 2, steps }] }),
    })
  }

  /** Sync; when the app is to die at a request, say so and start it again. */
  async sync(bare, dies) {
    const death = new Promise((killed) => (this.killed = killed))
    this.dies = dies
    try {
      const end = await Promise.race([sync(this, bare), death])
      if (end === 'died') await this.restart()
      return end === 'died'
    } finally {
      this.dies = null
    }
  }

  /** Be killed at this request, before it is sent or after it was answered. */
  async die(send) {
    if (this.dies.answered) await (await send()).text()
    this.killed('died')
    return new Promise(() => {})
  }

  fetch = async (url, options = {}) => {
    const headers = { 'X-Session-Token': this.token, ...options.headers }
    const isPush = options.method === 'POST'
    if (isPush) this.pushes.push({ url, options: { ...options, headers } })
    if (isPush && this.fault === 'before push') return this.fail()
    if (isPush && this.fault === 'hold push') await new Promise((go) => (this.release = go))
    const send = () => plainFetch(url, { ...options, headers })
    if (this.dies?.method === (options.method ?? 'GET')) return this.die(send)
    const answer = await send()
    if (isPush && this.fault === 'lose answer') {
      await answer.text()
      return this.fail()
    }
    return answer
  }

  fail() {
    this.fault = null
    throw new Error('the network is gone')
  }
}

function leaveOut(without) {
  const tables = {}
  for (const [name, table] of Object.entries(schema.tables)) {
    if (without.includes(name)) continue
    const columnArray = table.columnArray.filter((each) => !without.includes(`${name}.${each.name}`))
    const columns = Object.fromEntries(columnArray.map((each) => [each.name, each]))
    tables[name] = { ...table, columns, columnArray }
  }
  return { ...schema, tables }
}

const phone = ({ phone: name }) => phones.get(name)
const find = (given) => phone(given).database.get(given.table).find(given.id)
const sync = (each, bare) =>
  bare
    ? bareSync({ ...each, address })
    : syncDiary({ database: each.database, server, token: each.token, device: each.device, show: (advice) => each.shown.push(...advice) })

globalThis.fetch = (url, options = {}) => {
  const token = options.headers?.['X-Session-Token']
  const each = [...phones.values()].find((one) => one.token === token)
  return each ? each.fetch(url, options) : plainFetch(url, options)
}

await answerCommands({
  open: (given) => void phones.set(given.name, new Phone(given)),

  upgrade: (given) => phone(given).upgrade(),

  restart: (given) => phone(given).restart(),
  discard: (given) => void phones.delete(given.phone),

  // dies: {method, answered} kills the app at the first such request.
  sync: (given) => phone(given).sync(given.bare ?? true, given.dies),
  fault: (given) => void (phone(given).fault = given.fault),
  release: async (given) => {
    while (!phone(given).release) await new Promise((go) => setTimeout(go, 5))
    phone(given).fault = null
    phone(given).release()
  },
  shown: (given) => phone(given).shown,

  create: async (given) => {
    const { database } = phone(given)
    const table = database.get(given.table)
    await database.write(() =>
      database.batch(
        given.rows.map(({ id, ...values }) =>
          table.prepareCreate((row) => {
            if (id) row._raw.id = id
            Object.assign(row, values)
          }),
        ),
      ),
    )
  },
  edit: async (given) => {
    const row = await find(given)
    await phone(given).database.write(() => row.update(() => void Object.assign(row, given.set)))
  },
  delete: async (given) => {
    const row = await find(given)
    await phone(given).database.write(() => row.markAsDeleted())
  },
  wipe: async (given) => {
    const { database } = phone(given)
    await database.write(() => database.unsafeResetDatabase())
  },

  resend: (given) => sendEverythingAgain(phone(given).database),

  dump: async (given) => dump(phone(given)),
  unsynced: (given) => hasUnsyncedChanges({ database: phone(given).database }),
  pull: (given) => barePull({ ...phone(given), address, lastPulledAt: null, schemaVersion: 1, migration: null, ...given.asked }),

  // The last push again, byte for byte.
  replay: async (given) => {
    const { url, options } = phone(given).pushes.at(-1)
    const answer = await plainFetch(url, options)
    return { status: answer.status, body: await answer.json() }
  },

  // How many rows differ from what a first sync would bring, and which.
  diagnose: async (given) => {
    const each = phone(given)
    const { issueCount, log } = await diagnoseSyncConsistency({
      db: each.database,
      synchronize: () => sync(each, true),
      pullChanges: async (asked) => (await barePull({ ...each, address, ...asked })).changes,
    })
    return issueCount ? { issueCount, log } : { issueCount }
  },
})

async function dump({ database }) {
  const rows = {}
  for (const table of Object.keys(database.schema.tables)) {
    rows[table] = (await database.get(table).query().fetch()).map(({ _raw }) => _raw)
  }
  return rows
}
