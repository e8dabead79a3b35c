// RxDB with this server: copy this file into your app. The tests run it as it stands.
//
// app: { server, token, device, patient, showGuidance }
//   token         of the login; it is sent with every request
//   device        a UUID that you make once for each installation
//   patient       the id of the patient whose diary this database holds
//   showGuidance  called with advice that the patient must see at once

import { replicateRxCollection } from 'rxdb/plugins/replication'
import { deepEqual } from 'rxdb/plugins/utils'

export const READ_ONLY = ['alerts', 'treatments', 'messages']

export class SyncError extends Error {
  constructor(status, problem) {
    super(`${status} ${problem?.code ?? ''}`)
    this.status = status
    this.code = problem?.code
  }
}

// An error's body must never be taken for a result: look at response.ok first.
async function ask(app, path, query, options) {
  const url = `${app.server}/api/v1/sync/rxdb/${path}?${new URLSearchParams(query)}`
  const response = await fetch(url, {
    ...options,
    headers: {
      'Content-Type': 'application/json',
      'X-Session-Token': app.token,
      'X-Device-Id': app.device,
      'X-Sent-At': new Date().toISOString(),
    },
  })
  if (!response.ok) throw new SyncError(response.status, await response.json().catch(() => null))
  return response
}

export function pullHandler(app, collection) {
  const schema = collection.schema.version
  return async (checkpoint, batchSize) => {
    const { updatedAt = 0, id = '' } = checkpoint ?? {}
    const query = { patient: app.patient, schema, updatedAt, id, limit: batchSize }
    return (await ask(app, `${collection.name}/pull`, query)).json()
  }
}

export function pushHandler(app, collection) {
  const query = { patient: app.patient, schema: collection.schema.version }
  return async (rows) => {
    const options = { method: 'POST', body: JSON.stringify(rows) }
    const response = await ask(app, `${collection.name}/push`, query, options)
    const guidance = response.headers.get('X-Guidance')
    if (guidance) app.showGuidance(JSON.parse(guidance))
    return response.json()
  }
}

// RxDB's own handler throws the patient's edit away. This one keeps each field that
// was changed on this phone, and takes the others from the clinic.
export const keepOwnEdits = {
  isEqual: deepEqual,
  resolve({ assumedMasterState: base, newDocumentState: own, realMasterState: master }) {
    const resolved = { ...master }
    for (const name of Object.keys(own)) {
      if (SERVER_FIELDS.includes(name)) continue
      if (!base || !deepEqual(own[name] ?? null, base[name] ?? null)) resolved[name] = own[name]
    }
    return Promise.resolve(resolved)
  },
}
const SERVER_FIELDS = ['received_at', 'revision', 'clock_suspect']

/** Replicate one collection until it is cancelled; `hints` is a Subject for all of them. */
export function replicate(app, collection, hints, options = {}) {
  return replicateRxCollection({
    collection,
    replicationIdentifier: `${app.server}/${app.patient}/${collection.name}`,
    live: true,
    retryTime: 5000,
    pull: { handler: pullHandler(app, collection), batchSize: 1000, stream$: hints.asObservable() },
    push: READ_ONLY.includes(collection.name)
      ? undefined
      : { handler: pushHandler(app, collection), batchSize: 100 },
    ...options,
  })
}

/** Turn the server's hints into RESYNC, until the signal aborts; one stream for all. */
export async function listen(app, hints, signal, pause = 30_000) {
  while (!signal.aborted) {
    try {
      const query = new URLSearchParams({ patient: app.patient })
      const response = await fetch(`${app.server}/api/v1/sync/stream?${query}`, {
        headers: { 'X-Session-Token': app.token, Accept: 'text/event-stream' },
        signal,
      })
      if (response.ok) {
        for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
          if (/^data:/m.test(chunk)) hints.next('RESYNC')
        }
      }
    } catch {
      // no network, or the signal: the loop decides
    }
    if (signal.aborted) return
    await new Promise((resolve) => setTimeout(resolve, pause))
    hints.next('RESYNC') // without a stream: every half minute while the app is open
  }
}
