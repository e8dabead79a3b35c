import { synchronize } from '@nozbe/watermelondb/sync'

// `device` is a UUID that the app makes once for each installation.
// `show` puts advice before the patient's eyes at once.
export async function syncDiary({ database, server, token, device, show }) {
  const address = `${server}/api/v1/sync/watermelon`
  const headers = { 'X-Session-Token': token, 'X-Device-Id': device }

  const once = () =>
    synchronize({
      database,
      sendCreatedAsUpdated: true,
      migrationsEnabledAtVersion: 1,

      pullChanges: async ({ lastPulledAt, schemaVersion, migration }) => {
        const asked = [
          `last_pulled_at=${lastPulledAt ?? 0}`,
          `schema_version=${schemaVersion}`,
          `migration=${encodeURIComponent(JSON.stringify(migration))}`,
        ]
        const reply = await fetch(`${address}?${asked.join('&')}`, { headers })
        if (!reply.ok) throw new Error(`pull: ${reply.status}`)
        const { changes, timestamp } = await reply.json()
        return { changes, timestamp }
      },

      pushChanges: async ({ changes, lastPulledAt }) => {
        const reply = await fetch(`${address}?last_pulled_at=${lastPulledAt}`, {
          method: 'POST',
          headers: { ...headers, 'Content-Type': 'application/json' },
          body: JSON.stringify(changes),
        })
        // A refused push (409) has advice too: danger does not wait for a second try.
        const answer = await reply.json().catch(() => ({}))
        if (answer.guidance?.length) show(answer.guidance)
        if (!reply.ok) throw new Error(`push: ${reply.status}`)
      },
    })

  try {
    await once()
  } catch {
    await once() // pulls what the other phone has changed, and pushes again
  }
}
