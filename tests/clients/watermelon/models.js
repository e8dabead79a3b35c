import { Model } from '@nozbe/watermelondb'
import { schema } from './schema.js'

// A class for each table, with a property for each column. You may as well write
// the classes out with decorators; sync does not mind.
export const modelClasses = Object.values(schema.tables).map(({ name: tableName, columnArray }) => {
  class Row extends Model {
    static table = tableName
  }
  for (const { name } of columnArray) {
    Object.defineProperty(Row.prototype, name, {
      get() {
        return this._getRaw(name)
      },
      set(value) {
        this._setRaw(name, value)
      },
    })
  }
  return Row
})

// Lists travel as their JSON.
export const asColumn = (list) => (list == null ? null : JSON.stringify(list))
export const fromColumn = (text) => (text == null ? null : JSON.parse(text))

// What every new entry needs. The offset fixes the patient's local day.
export function stampEntry(entry, now = new Date()) {
  entry.recorded_at = now.getTime()
  entry.recorded_offset_minutes = -now.getTimezoneOffset()
}
