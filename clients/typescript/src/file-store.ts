/** A store in one file, for Node: a log of commits, one JSON line each. */

import { type FileHandle, open, readFile, rename, stat, writeFile } from "node:fs/promises";

import type { Store } from "./store.js";

type Line = [key: string, value: unknown][];

/** Keeps a diary in a file. One process at a time may use the file. */
export class FileStore implements Store {
  readonly #path: string;
  #log: FileHandle | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<Map<string, unknown>> {
    const values = new Map<string, unknown>();
    for (const line of await this.#lines()) {
      for (const [key, value] of line) {
        if (value === null) values.delete(key);
        else values.set(key, value);
      }
    }
    await this.#rewrite(values);
    return values;
  }

  async commit(changes: ReadonlyMap<string, unknown>): Promise<void> {
    this.#log ??= await open(this.#path, "a");
    await this.#log.appendFile(`${JSON.stringify([...changes])}\n`);
    await this.#log.datasync();
  }

  /** Close the file. */
  async close(): Promise<void> {
    await this.#log?.close();
    this.#log = undefined;
  }

  async #lines(): Promise<Line[]> {
    const known = await stat(this.#path).catch(() => undefined);
    if (known && !known.isFile()) throw new Error(`${this.#path} is not a file.`);
    const text = await readFile(this.#path, "utf8").catch((error) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    // A commit ends with its line feed. What stands behind the last one is a commit
    // that the device did not live to finish.
    const complete = text.split("\n").slice(0, -1);
    return complete.map((line) => JSON.parse(line) as Line);
  }

  /** Begin the log anew with what it comes to; a torn last line goes with it. */
  async #rewrite(values: Map<string, unknown>): Promise<void> {
    await this.close();
    const fresh = `${this.#path}.new`;
    const text = values.size > 0 ? `${JSON.stringify([...values])}\n` : "";
    await writeFile(fresh, text, { flush: true });
    await rename(fresh, this.#path);
  }
}
