/** A diary on this device that syncs with a Rootwatch server; start at `Diary`. */

export { Diary, type DiaryOptions, type Entry, type SyncResult } from "./diary.js";
export { digest } from "./digest.js";
export {
  AppTooOld,
  LoginRequired,
  SyncError,
  TryLater,
} from "./errors.js";
export { MemoryStore, type Store } from "./store.js";
export type * from "./records.js";
export type { Guidance, Notice, Quarantined, Reply } from "./wire.js";
