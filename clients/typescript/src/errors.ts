/** What can go wrong in a sync, by what the app should do about it. */

/** A sync that did not happen. Nothing is lost: the outbox is as it was. */
export class SyncError extends Error {
  override name = "SyncError";
  readonly status: number;
  /** The stable `code` of the problem document; the words are for people. */
  readonly code: string;

  constructor(message: string, status = 0, code = "") {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** No network, a busy server or a fault of the server: try again, later each time. */
export class TryLater extends SyncError {
  override name = "TryLater";
  /** Seconds that the server asks to wait, when it says so. */
  readonly after: number | undefined;

  constructor(message: string, status = 0, code = "", after?: number) {
    super(message, status, code);
    this.after = after;
  }
}

/** The session has ended: log in again, then sync. */
export class LoginRequired extends SyncError {
  override name = "LoginRequired";
}

/** This version of the app is too old: show the server's words. */
export class AppTooOld extends SyncError {
  override name = "AppTooOld";
}
