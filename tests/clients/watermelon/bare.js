// The least that WatermelonDB's documentation asks of an app, and nothing more: no
// Content-Type (fetch says text/plain), the word null for a first sync, no
// sendCreatedAsUpdated, no device, no second try, and nothing read from a push's answer.

import { synchronize } from '@nozbe/watermelondb/sync'

export const bareSync = ({ database, fetch, address }) =>
  synchronize({
    database,
    migrationsEnabledAtVersion: 1,
    pullChanges: (asked) => barePull({ fetch, address, ...asked }),
    pushChanges: async ({ changes, lastPulledAt }) => {
      const body = JSON.stringify(changes)
      const answer = await fetch(`${address}?last_pulled_at=${lastPulledAt}`, { method: 'POST', body })
      if (!answer.ok) throw new Error(await answer.text())
    },
  })

export async function barePull({ fetch, address, lastPulledAt, schemaVersion, migration }) {
  const upgrade = encodeURIComponent(JSON.stringify(migration))
  const answer = await fetch(
    `${address}?last_pulled_at=${lastPulledAt}&schema_version=${schemaVersion}&migration=${upgrade}`,
  )
  if (!answer.ok) throw new Error(await answer.text())
  const { changes, timestamp } = await answer.json()
  return { changes, timestamp }
}
