// A phone with RxDB: the real package, memory storage, every document checked by Ajv.
//
// The network lies in `fetch`: it can be away, and it can lose answers that the server
// has already given. Killing the app is `close`, starting it again `open`: the database
// stays, the replication is made anew.

import { readFileSync } from 'node:fs'
import { createRxDatabase } from 'rxdb/plugins/core'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { wrappedValidateAjvStorage } from 'rxdb/plugins/validate-ajv'
import { Subject } from 'rxjs'
import { answerCommands } from '../commands.mjs'
import * as documented from './documented.mjs'
import * as recommended from './handlers.mjs'

const [server] = process.argv.slice(2)
const schemas = JSON.parse(readFileSync(new URL('../../../docs/rxdb-schemas.json', import.meta.url)))
const storage = wrappedValidateAjvStorage({ storage: getRxStorageMemory() })

const realFetch = globalThis.fetch
const network = { away: false, lose: 0, requests: [] }
let app, database, style, hints
let listening = new AbortController()
let replications = []
let errors = []
const guidance = []

globalThis.fetch = async (url, options = {}) => {
  if (network.away) throw new TypeError('fetch failed')
  const headers = { ...options.headers, 'X-Session-Token': app.token }
  const response = await realFetch(url, { ...options, headers })
  const { pathname } = new URL(url)
  network.requests.push([options.method ?? 'GET', pathname.split('/').slice(-2).join('/'), response.status])
  if (options.method === 'POST' && network.lose > 0) {
    network.lose -= 1
    await response.arrayBuffer()
    throw new TypeError('the answer was lost')
  }
  return response
}

const start = async (collection, options) => {
  const replication = style.replicate(app, collection, hints, { retryTime: 50, ...options })
  replication.error$.subscribe((error) => errors.push(describe(error)))
  replications.push(replication)
  return replication
}

const describe = (error) =>
  JSON.stringify([error.code, ...(error.parameters?.errors ?? []).map((each) => each.message)])

const cancel = async () => {
  const running = replications
  replications = []
  await Promise.all(running.map((each) => each.cancel()))
}

await answerCommands({
  async open({ token, device, patient, handlers = 'recommended', collections = ['pain_logs'] }) {
    app = { server, token, device, patient, showGuidance: (advice) => guidance.push(...advice) }
    style = { documented, recommended }[handlers]
    hints = new Subject()
    if (database) return
    database = await createRxDatabase({ name: 'diary', storage })
    const settings = collections.map((name) => [
      name,
      {
        schema: schemas[name][0],
        ...(handlers === 'recommended' ? { conflictHandler: recommended.keepOwnEdits } : {}),
      },
    ])
    await database.addCollections(Object.fromEntries(settings))
  },
  /** Replicate until everything has gone and come; what stands in the way is an error. */
  async sync({ batchSize = 100, only }) {
    errors = []
    const wanted = Object.values(database.collections).filter((each) => !only || only === each.name)
    for (const collection of wanted) {
      const replication = await start(collection, { live: true })
      replication.pull.batchSize = batchSize
      await replication.awaitInitialReplication()
      await replication.awaitInSync()
    }
    await cancel()
    return errors
  },
  /** Start the replication and return at once: the network may be away. */
  async begin() {
    errors = []
    for (const collection of Object.values(database.collections)) await start(collection, { live: true })
  },
  async settle() {
    for (const each of replications) {
      await each.awaitInitialReplication()
      await each.awaitInSync()
    }
    return errors
  },
  /** Wait for so many failures, as an app that is offline meets them. */
  async failures({ count }) {
    while (errors.length < count) await new Promise((resolve) => setTimeout(resolve, 10))
    return errors
  },
  close: cancel,
  async listen() {
    listening = new AbortController()
    recommended.listen(app, hints, listening.signal, 200)
  },
  async deaf() {
    listening.abort()
  },
  async seen({ collection = 'pain_logs', id, field, value }) {
    const found = database[collection].findOne(id).$
    await new Promise((resolve) => {
      const watching = found.subscribe((document) => {
        if (document && (!field || document[field] === value)) setTimeout(() => resolve(watching.unsubscribe()))
      })
    })
  },
  network({ away = false, lose = 0 }) {
    Object.assign(network, { away, lose })
  },
  async insert({ collection = 'pain_logs', documents }) {
    const { error } = await database[collection].bulkInsert(documents)
    if (error.length) throw new Error(JSON.stringify(error[0]))
  },
  async edit({ collection = 'pain_logs', id, fields }) {
    const document = await database[collection].findOne(id).exec()
    await document.incrementalPatch(fields)
  },
  async remove({ collection = 'pain_logs', id }) {
    const document = await database[collection].findOne(id).exec()
    await document.incrementalRemove()
  },
  async all({ collection = 'pain_logs' }) {
    const found = await database[collection].find().exec()
    return found.map((document) => document.toJSON())
  },
  guidance: () => guidance.splice(0),
  requests: () => network.requests.splice(0),
})
