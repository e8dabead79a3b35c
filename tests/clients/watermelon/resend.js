// Marks every entry as unsent, so that the next sync sends all of them again. That
// does no harm: what the clinic already holds is recognised. Do this when
// GET /api/v1/sync/digest counts fewer entries than the phone does.
export function sendEverythingAgain(database) {
  const diary = ['pain_logs', 'numbness_logs', 'weakness_logs', 'red_flag_checks', 'day_logs']
  return database.write(async () => {
    const tables = await Promise.all(diary.map((table) => database.get(table).query().fetch()))
    const touched = tables.flat().map((entry) =>
      entry.prepareUpdate(() => {
        entry._raw._status = 'updated'
      }),
    )
    await database.batch(touched)
  })
}
