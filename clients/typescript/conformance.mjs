/** The app of the conformance kit: a diary that is driven by JSON lines. */

import { createInterface } from "node:readline";
import { Diary } from "./dist/index.js";
import { FileStore } from "./dist/file-store.js";

let diary;
let shown = [];

const commands = {
  async open({ url, token, folder }) {
    diary = await Diary.open({
      url,
      store: new FileStore(`${folder}/diary.log`),
      token: () => token,
      appVersion: "conformance 1.0.0",
      onGuidance: (guidance) => shown.push(...guidance),
    });
  },
  async save({ collection, record }) {
    return { id: (await diary.save(collection, record)).id };
  },
  async withdraw({ collection, id }) {
    await diary.withdraw(collection, id);
  },
  async sync() {
    shown = [];
    try {
      await diary.sync();
      return { ok: true, guidance: shown };
    } catch (error) {
      return { ok: false, kind: error.name, guidance: shown };
    }
  },
  async entries({ collection }) {
    return { entries: diary.entries(collection) };
  },
  async unsent() {
    return { count: diary.unsent };
  },
  async verify() {
    return { equal: await diary.verify() };
  },
  async refused() {
    return { refused: diary.refused };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, ...given } = JSON.parse(line);
  // Not awaited: a save must not wait for a sync that is on its way.
  commands[name](given).then((answer) => console.log(JSON.stringify(answer ?? {})));
}
