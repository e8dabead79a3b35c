/** The proof that what this device holds is what the clinic holds. */

import { CLIENT_FIELDS, type CollectionName } from "./records.js";

/** How many records of a collection there are, and their combined hash. */
export interface Digest {
  count: number;
  hash: string;
}

/** Return the digest of the records of one collection, as the server computes it. */
export async function digest(
  collection: CollectionName,
  records: Iterable<object>,
): Promise<Digest> {
  let count = 0;
  let total = 0n;
  for (const record of records) {
    count += 1;
    total ^= await hash(collection, record as Record<string, unknown>);
  }
  return { count, hash: total.toString(16).padStart(16, "0") };
}

async function hash(
  collection: CollectionName,
  record: Record<string, unknown>,
): Promise<bigint> {
  const names = ["id", ...CLIENT_FIELDS[collection]].sort();
  const own = Object.fromEntries(names.map((name) => [name, record[name] ?? null]));
  const bytes = new TextEncoder().encode(JSON.stringify(own));
  const sum = await crypto.subtle.digest("SHA-256", bytes);
  return new DataView(sum).getBigUint64(0);
}
