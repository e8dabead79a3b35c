/** The diary on this device: what the patient sees, at once and without a network. */

import { digest } from "./digest.js";
import { SyncError } from "./errors.js";
import { rebased, same } from "./merge.js";
import {
  CLIENT_FIELDS,
  COLLECTIONS,
  type CollectionName,
  type Collections,
  type ReadOnlyName,
} from "./records.js";
import type { Store } from "./store.js";
import {
  type Guidance,
  type Notice,
  type Quarantined,
  type Reply,
  type Server,
  type ServerRecord,
  send,
} from "./wire.js";

/** Records of one request; a request that dies on the way costs no more than these. */
const BATCH = 1_000;
const TIMEOUT = 60_000;

type Fields = Record<string, unknown>;

/** An entry as the patient sees it. */
export type Entry<Name extends CollectionName> = Collections[Name] & { id: string };

/** What a diary needs to work. */
export interface DiaryOptions {
  /** The server's address, such as `https://rootwatch.example`. */
  url: string;
  store: Store;
  /** Return the session token; read anew for each request. */
  token: () => string;
  appVersion: string;
  /** Whose diary, for a caregiver of several patients; each has a store of its own. */
  patient?: string;
  /** Called as soon as an answer holds advice, before anything else is done. */
  onGuidance: (guidance: Guidance[]) => void;
  fetch?: typeof fetch;
  /** Milliseconds after which a request without an answer is given up. */
  timeout?: number;
}

/** What came of a sync. */
export interface SyncResult {
  sent: number;
  received: number;
  quarantined: Quarantined[];
  guidance: Guidance[];
  /** Show each to the patient. */
  notices: Notice[];
}

/** So many states of an edit that may have arrived are remembered, the newest. */
const SENT_KEPT = 20;

/** An edit on its way, the state it was made on, and what may have arrived of it. */
interface Unsent {
  record: Fields;
  base: Fields | null;
  sent: Fields[];
  /** Counts the edits, to see whether there was another one meanwhile. */
  edits: number;
}

/** What the server could not take, until the patient mends it. */
interface Refused {
  record: Fields;
  errors: Record<string, string[]>;
}

interface Sending extends Unsent {
  key: Key;
}

type Key = `${string}/${string}`;

/**
 * A diary that is always there: entries are saved on the device first, in the store
 * given, and sent when `sync` can reach the server. One diary for each patient.
 */
export class Diary {
  readonly #server: Server;
  readonly #store: Store;
  readonly #onGuidance: (guidance: Guidance[]) => void;
  readonly #patient: string | undefined;
  readonly #held = new Map<Key, ServerRecord>();
  readonly #unsent = new Map<Key, Unsent>();
  readonly #refused = new Map<Key, Refused>();
  /** What was held when the server made us start over, until its last page has come. */
  readonly #before = new Map<Key, ServerRecord>();
  #device = "";
  #cursor: string | null = null;
  #running: Promise<SyncResult> | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(options: DiaryOptions) {
    this.#store = options.store;
    this.#onGuidance = options.onGuidance;
    this.#patient = options.patient;
    this.#server = {
      url: options.url,
      token: options.token,
      appVersion: options.appVersion,
      fetch: options.fetch ?? fetch,
      timeout: options.timeout ?? TIMEOUT,
    };
  }

  /** Open the diary with everything that its store holds. */
  static async open(options: DiaryOptions): Promise<Diary> {
    const diary = new Diary(options);
    for (const [key, value] of await options.store.read()) diary.#load(key, value);
    if (!diary.#device) {
      diary.#device = crypto.randomUUID();
      await options.store.commit(new Map([["device", diary.#device]]));
    }
    return diary;
  }

  /** How many entries have not reached the clinic yet. */
  get unsent(): number {
    return this.#unsent.size;
  }

  /** The entries that the clinic could not take, with the reasons; mend them. */
  get refused(): Quarantined[] {
    return [...this.#refused].map(([key, { errors }]) => ({ ...parts(key), errors }));
  }

  /**
   * Save an entry, new or edited; done when it is safe on this device.
   *
   * Fields that are left out stay as they are. `null` takes an answer back.
   */
  async save<Name extends CollectionName>(
    collection: Name,
    fields: Partial<Entry<Name>>,
  ): Promise<Entry<Name>> {
    const key: Key = `${collection}/${fields.id ?? crypto.randomUUID()}`;
    await this.#write(() => {
      const known = this.#unsent.get(key);
      const record = { ...this.#own(key), ...fields, id: parts(key).id };
      this.#unsent.set(key, {
        record: only(collection, record),
        base: known ? known.base : (this.#held.get(key) ?? null),
        sent: known?.sent ?? [],
        edits: (known?.edits ?? 0) + 1,
      });
      this.#refused.delete(key);
      return this.#lines(key);
    });
    return this.#own<Entry<Name>>(key) as Entry<Name>;
  }

  /** Take an entry back. It stays in the clinic's record, and counts for nothing. */
  async withdraw(collection: CollectionName, id: string, when = new Date()): Promise<void> {
    if (!this.get(collection, id)) throw new SyncError("There is no such entry.");
    await this.save(collection, { id, withdrawn_at: when.toISOString() } as never);
  }

  /** Return an entry as the patient last saved it; `undefined` when there is none. */
  get<Name extends CollectionName>(collection: Name, id: string): Entry<Name> | undefined {
    return this.#own<Entry<Name>>(`${collection}/${id}`);
  }

  /** Return all entries of a collection, withdrawn ones too, oldest first. */
  entries<Name extends CollectionName>(collection: Name): Entry<Name>[] {
    const keys = new Set([
      ...this.#held.keys(),
      ...this.#unsent.keys(),
      ...this.#refused.keys(),
      ...this.#before.keys(),
    ]);
    const own = [...keys].filter((key) => key.startsWith(`${collection}/`));
    const found = own.map((key) => this.#own<Entry<Name>>(key) as Entry<Name>);
    return found.sort((a, b) => instant(a) - instant(b));
  }

  /** Return what the clinic wrote: alerts, treatments, messages. */
  fromClinic(collection: ReadOnlyName): ServerRecord[] {
    const own = [...this.#held].filter(([key]) => key.startsWith(`${collection}/`));
    return own.map(([, record]) => record);
  }

  /**
   * Send what is unsent and fetch what is new. A call during a sync joins it.
   *
   * @throws {TryLater} no network or a busy server; {@link LoginRequired} the session
   * has ended; {@link AppTooOld}; {@link SyncError} for a fault of the app. In each
   * case nothing is lost and the next sync sends it again.
   */
  sync(): Promise<SyncResult> {
    this.#running ??= this.#sync().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /**
   * Compare everything held here with the clinic; return whether all of it is there.
   *
   * If not, everything is fetched anew, and what the clinic lacks, because a backup was
   * restored, is sent again; call `verify` again after `false`.
   */
  async verify(): Promise<boolean> {
    await this.sync();
    const whose = this.#patient ? `?patient=${encodeURIComponent(this.#patient)}` : "";
    const path = `/api/v1/sync/digest${whose}`;
    const theirs = await send<Record<string, object>>(this.#server, path);
    for (const collection of COLLECTIONS) {
      const ours = await digest(collection, this.#heldIn(collection));
      if (!same(ours, theirs[collection])) {
        await this.#startOver();
        return false;
      }
    }
    return this.#unsent.size === 0;
  }

  async #sync(): Promise<SyncResult> {
    const result = nothing();
    let size = BATCH;
    let more = true;
    while (more) {
      const batch = await this.#batch(size);
      try {
        const reply = await this.#exchange(batch);
        if (reply.guidance.length > 0) this.#onGuidance(reply.guidance);
        tally(result, reply, batch.length);
        // The clinic keeps these entries sealed; until the patient agrees again they
        // count as unsent and stay here.
        if (has(reply, "consent_withdrawn")) return result;
        await this.#take(reply, batch);
        more = reply.has_more || this.#unsent.size > 0;
      } catch (error) {
        if (!(error instanceof SyncError)) throw error;
        if (error.status === 413 && batch.length > 1) size = Math.ceil(batch.length / 2);
        else if (error.code === "cursor_invalid" && this.#cursor) await this.#setCursor(null);
        else throw error;
      }
    }
    return result;
  }

  /** Return what goes into the next request, after noting that it may arrive. */
  async #batch(size: number): Promise<Sending[]> {
    const batch = [...this.#unsent].slice(0, size);
    await this.#write(() =>
      batch.map(([key, unsent]) => {
        if (!unsent.sent.some((earlier) => same(earlier, unsent.record))) {
          // A new list: the batch that is on its way keeps the one it has.
          unsent.sent = [...unsent.sent, unsent.record].slice(-SENT_KEPT);
        }
        return [`unsent/${key}`, unsent];
      }),
    );
    return batch.map(([key, unsent]) => ({ key, ...unsent }));
  }

  #exchange(batch: Sending[]): Promise<Reply> {
    const changes: Record<string, Fields[]> = {};
    for (const { key, record, base } of batch) {
      const { collection } = parts(key);
      const revision = base?.revision;
      (changes[collection] ??= []).push(revision ? { ...record, revision } : record);
    }
    return send<Reply>(this.#server, "/api/v1/sync", {
      patient: this.#patient,
      cursor: this.#cursor,
      device: this.#device,
      sent_at: new Date().toISOString(),
      limit: BATCH,
      changes,
    });
  }

  /** Store what a reply brings, its cursor with it, and let go of what has arrived. */
  async #take(reply: Reply, batch: Sending[]): Promise<void> {
    await this.#write(() => {
      const touched = new Set<Key>(batch.map(({ key }) => key));
      const reasons = new Map(reply.quarantined.map((kept) => [keyOf(kept), kept.errors]));
      if (has(reply, "resync")) {
        const taken = batch.filter(({ key }) => !reasons.has(key));
        for (const key of this.#keepAside(taken)) touched.add(key);
      }
      for (const sending of batch) this.#confirm(sending, reasons.get(sending.key));
      for (const key of this.#receive(reply)) touched.add(key);
      if (!reply.has_more) for (const key of this.#sendAgain()) touched.add(key);
      this.#cursor = reply.cursor;
      return [["cursor", reply.cursor], ...[...touched].flatMap((key) => this.#lines(key))];
    });
  }

  #confirm({ key, record, edits }: Sending, errors?: Record<string, string[]>): void {
    const unsent = this.#unsent.get(key);
    if (!errors) this.#stands(key, record);
    if (unsent && unsent.edits !== edits) {
      if (!errors) {
        unsent.base = record; // edited again while it was on its way
        unsent.sent = [];
      }
      return;
    }
    this.#unsent.delete(key);
    if (errors) this.#refused.set(key, { record, errors });
  }

  /** Hold an entry as it was sent, without a revision, until its own page comes. */
  #stands(key: Key, record: Fields): void {
    const held = this.#held.get(key);
    if (held && same(only(collectionOf(key), held), record)) return;
    this.#held.set(key, record as ServerRecord);
  }

  *#receive(reply: Reply): Iterable<Key> {
    for (const [collection, records] of Object.entries(reply.changes)) {
      for (const record of records ?? []) {
        const key: Key = `${collection}/${record.id}`;
        const held = this.#held.get(key);
        if ((held?.revision ?? 0) > (record.revision ?? Infinity)) continue;
        this.#held.set(key, record);
        this.#rebase(key, record);
        yield key;
      }
    }
  }

  /** Move an unsent edit on top of what the clinic holds now. */
  #rebase(key: Key, current: ServerRecord): void {
    const unsent = this.#unsent.get(key);
    if (!unsent) return;
    const own = only(collectionOf(key), current);
    const bases = unsent.base ? [unsent.base, ...unsent.sent] : unsent.sent;
    unsent.record = rebased(unsent.record, bases, own);
    unsent.base = current;
    unsent.sent = [];
    if (same(unsent.record, own)) this.#unsent.delete(key);
  }

  async #startOver(): Promise<void> {
    await this.#write(() => {
      const keys = this.#keepAside([]);
      this.#cursor = null;
      return [["cursor", null], ...keys.flatMap((key) => this.#lines(key))];
    });
    await this.sync();
  }

  /** Keep aside what is held, with what the clinic has just taken of it. */
  #keepAside(taken: Sending[]): Key[] {
    const sent = new Map(taken.map(({ key, record }) => [key, record]));
    const keys = [...this.#held.keys()].filter(isOurs);
    for (const key of keys) {
      const held = this.#held.get(key) as ServerRecord;
      const record = { ...held, ...sent.get(key), revision: held.revision ?? 1 };
      if (!this.#before.has(key)) this.#before.set(key, record);
      this.#held.delete(key);
    }
    return keys;
  }

  /**
   * Queue what the pages did not bring as it was held, under the revision it had: what
   * the clinic knows of it comes to nothing there, what it has lost is back.
   */
  #sendAgain(): Key[] {
    const keys = [...this.#before.keys()];
    for (const [key, before] of this.#before) {
      const held = this.#held.get(key);
      const unsent = this.#unsent.get(key);
      const own = only(collectionOf(key), before);
      if (held && same(only(collectionOf(key), held), own)) continue;
      const edited = unsent ? rebased(unsent.record, unsent.base ? [unsent.base] : [], own) : own;
      const edits = (unsent?.edits ?? 0) + 1;
      this.#unsent.set(key, { record: edited, base: before, sent: [], edits });
    }
    this.#before.clear();
    return keys;
  }

  async #setCursor(cursor: string | null): Promise<void> {
    await this.#write(() => {
      this.#cursor = cursor;
      return [["cursor", cursor]];
    });
  }

  /** Change memory and store together, one change after the other. */
  #write(change: () => [string, unknown][]): Promise<void> {
    const done = this.#writing.then(async () => {
      const lines = change();
      if (lines.length > 0) await this.#store.commit(new Map(lines));
    });
    this.#writing = done.catch(() => undefined);
    return done;
  }

  #lines(key: Key): [string, unknown][] {
    return [
      [`held/${key}`, this.#held.get(key) ?? null],
      [`unsent/${key}`, this.#unsent.get(key) ?? null],
      [`refused/${key}`, this.#refused.get(key) ?? null],
      [`before/${key}`, this.#before.get(key) ?? null],
    ];
  }

  #load(name: string, value: unknown): void {
    const [kind, ...rest] = name.split("/");
    const key = rest.join("/") as Key;
    if (kind === "device") this.#device = value as string;
    else if (kind === "cursor") this.#cursor = value as string;
    else if (kind === "held") this.#held.set(key, value as ServerRecord);
    else if (kind === "unsent") this.#unsent.set(key, value as Unsent);
    else if (kind === "before") this.#before.set(key, value as ServerRecord);
    else if (kind === "refused") this.#refused.set(key, value as Refused);
  }

  /** Return the entry as this device has it last: unsent, refused, or as held. */
  #own<T = Fields>(key: Key): T | undefined {
    const mine = this.#unsent.get(key) ?? this.#refused.get(key);
    return (mine?.record ?? this.#held.get(key) ?? this.#before.get(key)) as T | undefined;
  }

  #heldIn(collection: CollectionName): ServerRecord[] {
    const own = [...this.#held].filter(([key]) => key.startsWith(`${collection}/`));
    return own.map(([, record]) => record);
  }
}

function parts(key: Key): { collection: string; id: string } {
  const slash = key.indexOf("/");
  return { collection: key.slice(0, slash), id: key.slice(slash + 1) };
}

function collectionOf(key: Key): CollectionName {
  return parts(key).collection as CollectionName;
}

function keyOf({ collection, id }: Quarantined): Key {
  return `${collection}/${id}`;
}

function isOurs(key: Key): boolean {
  return (COLLECTIONS as readonly string[]).includes(parts(key).collection);
}

/** Return the fields that a phone writes, null where there is no answer. */
function only(collection: CollectionName, record: Fields): Fields {
  const names = ["id", ...CLIENT_FIELDS[collection]];
  return Object.fromEntries(names.map((name) => [name, record[name] ?? null]));
}

function instant(entry: { recorded_at?: string | null }): number {
  return Date.parse(entry.recorded_at ?? "") || 0;
}

function nothing(): SyncResult {
  return { sent: 0, received: 0, quarantined: [], guidance: [], notices: [] };
}

function has(reply: Reply, notice: string): boolean {
  return reply.notices?.some(({ code }) => code === notice) ?? false;
}

function tally(result: SyncResult, reply: Reply, sent: number): void {
  result.sent += sent;
  const received = Object.values(reply.changes).map((records) => records?.length ?? 0);
  result.received += received.reduce((sum, count) => sum + count, 0);
  result.quarantined.push(...reply.quarantined);
  result.guidance.push(...reply.guidance);
  result.notices.push(...(reply.notices ?? []));
}
