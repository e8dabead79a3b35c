/** One request to the server, and what its answers mean. */

import { AppTooOld, LoginRequired, SyncError, TryLater } from "./errors.js";
import type { CollectionName, ReadOnlyName } from "./records.js";

/** Advice to show at once, full screen when `tier` is `emergency`. */
export interface Guidance {
  tier: "emergency" | "urgent" | "soon" | "watch" | "info";
  rule: string;
  version: string;
  title: string;
  text: string;
  entry: string | null;
}

/** A record that the server keeps but could not take into the diary, and why. */
export interface Quarantined {
  collection: string;
  id: string;
  errors: Record<string, string[]>;
}

/** News about the sync itself; show `title` and `text` as they are. */
export interface Notice {
  code: string;
  title: string;
  text: string;
}

/** A record as the server holds it. */
export type ServerRecord = { id: string; revision?: number } & Record<string, unknown>;

/** The server's reply to a sync. */
export interface Reply {
  cursor: string;
  has_more: boolean;
  server_time: string;
  changes: Partial<Record<CollectionName | ReadOnlyName, ServerRecord[]>>;
  outcomes: Record<"new" | "updated" | "identical" | "quarantined", number>;
  quarantined: Quarantined[];
  guidance: Guidance[];
  notices?: Notice[];
}

/** Where the server is and how requests prove whose they are. */
export interface Server {
  url: string;
  /** The session token, read anew for each request. */
  token: () => string;
  appVersion: string;
  fetch: typeof fetch;
  /** After so many milliseconds without an answer a request is given up. */
  timeout: number;
}

/** Send a request and return the decoded answer; throw a SyncError otherwise. */
export async function send<T>(server: Server, path: string, body?: object): Promise<T> {
  const response = await answer(server, path, body);
  const text = await response.text().catch(unreachable);
  if (!response.ok) throw problem(response, text);
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new TryLater("The answer was not complete.", response.status);
  }
}

async function answer(server: Server, path: string, body?: object): Promise<Response> {
  return await server
    .fetch(new URL(path, server.url), {
      method: body ? "POST" : "GET",
      headers: {
        "Content-Type": "application/json",
        "X-Session-Token": server.token(),
        "X-App-Version": server.appVersion,
      },
      body: body ? JSON.stringify(body) : null,
      signal: AbortSignal.timeout(server.timeout),
    })
    .catch(unreachable);
}

function unreachable(): never {
  throw new TryLater("The server cannot be reached.");
}

function problem(response: Response, text: string): SyncError {
  const { title, detail, code } = words(text);
  const message = detail ?? title ?? `The server answered ${response.status}.`;
  const status = response.status;
  if (status === 401) return new LoginRequired(message, status, code);
  if (status === 426) return new AppTooOld(message, status, code);
  if (status === 429 || status >= 500) {
    const after = Number(response.headers.get("Retry-After")) || undefined;
    return new TryLater(message, status, code, after);
  }
  return new SyncError(message, status, code);
}

function words(text: string): { title?: string; detail?: string; code?: string } {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {}; // a proxy's page, not the server's words
  }
}
