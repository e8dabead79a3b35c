// Phones with RxDB: the real package, memory storage, every document checked by Ajv. A
// command names its phone, or means the only one.
//
// The network lies in `fetch`: it can be away, and it can lose answers that the server
// has already given. Killing the app is `close`, starting it again `open`: the database
// stays, the replication is made anew. `restart` closes the database, too.

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
const phones = new Map()
const realFetch = globalThis.fetch

// The address that an app is given names its phone, so that one process may be many.
globalThis.fetch = (url, options = {}) => {
  const [, name, path] = new URL(url).pathname.match(/^\/phone\/([^/]+)(\/.*)$/)
  return phones.get(decodeURIComponent(name)).fetch(`${server}${path}${new URL(url).search}`, options)
}

const describe = (error) =>
  JSON.stringify([error.code, ...(error.parameters?.errors ?? []).map((each) => each.message)])

const soon = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

class Phone {
  constructor(name) {
    this.name = name
    this.storage = wrappedValidateAjvStorage({ storage: getRxStorageMemory() })
    this.network = { away: false, lose: 0, requests: [] }
    this.listening = new AbortController()
    this.replications = []
    this.errors = []
    this.guidance = []
  }

  async open({ token, device, patient, handlers = 'recommended', collections = ['pain_logs'] }) {
    const showGuidance = (advice) => this.guidance.push(...advice)
    const address = `${server}/phone/${encodeURIComponent(this.name)}`
    this.app = { server: address, token, device, patient, showGuidance }
    this.style = { documented, recommended }[handlers]
    this.conflictHandler = handlers === 'recommended' ? recommended.keepOwnEdits : undefined
    this.collections = collections
    this.hints = new Subject()
    if (!this.database) await this.load()
  }

  async load() {
    this.database = await createRxDatabase({ name: `diary ${this.name}`, storage: this.storage })
    const settings = this.collections.map((name) => [
      name,
      { schema: schemas[name][0], ...(this.conflictHandler && { conflictHandler: this.conflictHandler }) },
    ])
    await this.database.addCollections(Object.fromEntries(settings))
  }

  fetch = async (url, options) => {
    const { network } = this
    if (network.away) throw new TypeError('fetch failed')
    const headers = { ...options.headers, 'X-Session-Token': this.app.token }
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

  start(collection, options) {
    const replication = this.style.replicate(this.app, collection, this.hints, { retryTime: 50, ...options })
    replication.error$.subscribe((error) => this.errors.push(describe(error)))
    this.replications.push(replication)
    return replication
  }

  async cancel() {
    const running = this.replications
    this.replications = []
    await Promise.all(running.map((each) => each.cancel()))
  }

  async failures(count) {
    const { errors } = this
    while (errors.length < count) await soon(10)
    return errors
  }
}

const inSync = async (replication) => {
  await replication.awaitInitialReplication()
  await replication.awaitInSync()
}

const phone = ({ phone: name = 'the only one' }) => {
  if (!phones.has(name)) phones.set(name, new Phone(name))
  return phones.get(name)
}
const collection = (given) => phone(given).database[given.collection ?? 'pain_logs']

await answerCommands({
  open: (given) => phone(given).open(given),
  /** Close the app with its database, and open both again. */
  async restart(given) {
    await phone(given).cancel()
    await phone(given).database.close()
    await phone(given).load()
  },
  /** Forget a phone, so that a process may have many after each other. */
  async discard(given) {
    await phone(given).cancel()
    await phone(given).database.remove()
    phones.delete(given.phone)
  },
  /** Replicate until everything has gone and come; what stands in the way is an error. */
  async sync(given) {
    const each = phone(given)
    each.errors = []
    const started = Object.values(each.database.collections).map((one) => {
      const replication = each.start(one, { live: true })
      replication.pull.batchSize = given.batchSize ?? 100
      return inSync(replication)
    })
    await Promise.all(started)
    await each.cancel()
    return each.errors
  },
  /** Replicate, and close the app at the so-many-th failure; return whether all went. */
  async attempt(given) {
    const each = phone(given)
    let all = true
    for (const one of Object.values(each.database.collections)) {
      each.errors = []
      const done = inSync(each.start(one, { live: true, retryTime: 5 })).then(() => true)
      all = (await Promise.race([done, each.failures(given.failures).then(() => false)])) && all
      each.errors.length = given.failures // ends the race's loser
      await each.cancel()
    }
    return all
  },
  /** Start the replication and return at once: the network may be away. */
  async begin(given) {
    const each = phone(given)
    each.errors = []
    for (const one of Object.values(each.database.collections)) each.start(one, { live: true })
  },
  async settle(given) {
    for (const replication of phone(given).replications) await inSync(replication)
    return phone(given).errors
  },
  /** Wait for so many failures, as an app that is offline meets them. */
  failures: (given) => phone(given).failures(given.count),
  close: (given) => phone(given).cancel(),
  async listen(given) {
    const { app, hints } = phone(given)
    phone(given).listening = new AbortController()
    recommended.listen(app, hints, phone(given).listening.signal, 200)
  },
  async deaf(given) {
    phone(given).listening.abort()
  },
  async seen(given) {
    const { id, field, value } = given
    const found = collection(given).findOne(id).$
    await new Promise((resolve) => {
      const watching = found.subscribe((document) => {
        if (document && (!field || document[field] === value)) setTimeout(() => resolve(watching.unsubscribe()))
      })
    })
  },
  network(given) {
    const { away = false, lose = 0 } = given
    Object.assign(phone(given).network, { away, lose })
  },
  async insert(given) {
    const { error } = await collection(given).bulkInsert(given.documents)
    if (error.length) throw new Error(JSON.stringify(error[0]))
  },
  async edit(given) {
    const document = await collection(given).findOne(given.id).exec()
    await document.incrementalPatch(given.fields)
  },
  async remove(given) {
    const document = await collection(given).findOne(given.id).exec()
    await document.incrementalRemove()
  },
  async all(given) {
    const found = await collection(given).find().exec()
    return found.map((document) => document.toJSON())
  },
  guidance: (given) => phone(given).guidance.splice(0),
  requests: (given) => phone(given).network.requests.splice(0),
})
