// Phones with our own client, many in one process; a command names its phone.
//
// A phone's disk outlives the app: killing the app at a request leaves what was
// committed until then, and nothing that the killed app does comes to the disk any more.

import { Diary, MemoryStore } from '../../../clients/typescript/dist/index.js'
import { answerCommands } from '../commands.mjs'

const [server] = process.argv.slice(2)
const phones = new Map()

/** The disk as one run of the app sees it: nothing is written after its end. */
class Disk {
  constructor(disk) {
    this.disk = disk
    this.dead = false
  }

  read() {
    return this.disk.read()
  }

  commit(changes) {
    return this.dead ? new Promise(() => {}) : this.disk.commit(changes)
  }
}

class Phone {
  constructor(token) {
    this.token = token
    this.disk = new MemoryStore()
  }

  async start() {
    if (this.run) this.run.dead = true
    this.run = new Disk(this.disk)
    this.diary = await Diary.open({
      url: server,
      store: this.run,
      token: () => this.token,
      appVersion: 'histories 1.0.0',
      onGuidance: () => {},
      fetch: (...request) => this.fetch(...request),
    })
  }

  async fetch(...request) {
    const { dies } = this
    if (!dies || dies.after-- > 0) return await fetch(...request)
    if (dies.answered) await (await fetch(...request)).text().catch(() => {})
    this.dies = undefined
    await this.start()
    throw new TypeError('the app was killed')
  }
}

const phone = (given) => phones.get(given.phone)

await answerCommands({
  async open({ name, token }) {
    phones.set(name, new Phone(token))
    await phones.get(name).start()
  },
  async restart(given) {
    await phone(given).start()
  },
  discard(given) {
    phones.delete(given.phone)
  },
  async save(given) {
    await phone(given).diary.save(given.collection, given.record)
  },
  async withdraw(given) {
    await phone(given).diary.withdraw(given.collection, given.id)
  },
  async sync(given) {
    phone(given).dies = given.dies
    await phone(given).diary.sync()
  },
  entries: (given) => phone(given).diary.entries(given.collection),
  unsent: (given) => phone(given).diary.unsent,
  refused: (given) => phone(given).diary.refused,
  verify: (given) => phone(given).diary.verify(),
})
