// An app that follows RxDB's page "HTTP Replication" to the letter: the same addresses
// and bodies, no look at the status, the default conflict handler, no device, no schema
// version. The page leaves authentication to the app; phone.mjs adds the token to fetch.

import { replicateRxCollection } from 'rxdb/plugins/replication'

export function replicate(app, collection, hints, options = {}) {
  const address = `${app.server}/api/v1/sync/rxdb/${collection.name}`
  return replicateRxCollection({
    collection,
    replicationIdentifier: 'my-http-replication',
    pull: {
      async handler(checkpointOrNull, batchSize) {
        const updatedAt = checkpointOrNull ? checkpointOrNull.updatedAt : 0
        const id = checkpointOrNull ? checkpointOrNull.id : ''
        const response = await fetch(
          `${address}/pull?updatedAt=${updatedAt}&id=${id}&limit=${batchSize}`
        )
        const data = await response.json()
        return { documents: data.documents, checkpoint: data.checkpoint }
      },
      stream$: hints.asObservable(),
    },
    push: {
      async handler(changeRows) {
        const rawResponse = await fetch(`${address}/push`, {
          method: 'POST',
          headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
          body: JSON.stringify(changeRows),
        })
        return rawResponse.json()
      },
    },
    ...options,
  })
}
