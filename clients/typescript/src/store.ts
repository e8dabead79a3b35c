/** Where a diary keeps what it holds, so that it survives the app being killed. */

/** A small durable map. `null` as a value removes the key. */
export interface Store {
  /** Return everything that was committed. */
  read(): Promise<Map<string, unknown>>;
  /** Write all of the changes or, when the device dies on the way, none of them. */
  commit(changes: ReadonlyMap<string, unknown>): Promise<void>;
}

/** Forgets everything with the process: for tests and try-outs. */
export class MemoryStore implements Store {
  #values = new Map<string, unknown>();

  async read(): Promise<Map<string, unknown>> {
    return structuredClone(this.#values);
  }

  async commit(changes: ReadonlyMap<string, unknown>): Promise<void> {
    for (const [key, value] of structuredClone(changes)) {
      if (value === null) this.#values.delete(key);
      else this.#values.set(key, value);
    }
  }
}
