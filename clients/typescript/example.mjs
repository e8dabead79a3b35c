import { Diary, LoginRequired, TryLater } from "./dist/index.js";
import { FileStore } from "./dist/file-store.js";

const diary = await Diary.open({
  url: process.env.URL,
  token: () => process.env.TOKEN,
  appVersion: "my-app 1.0.0",
  store: new FileStore(process.env.FILE ?? "diary.log"),
  onGuidance: (guidance) => {
    for (const { title, text } of guidance) console.error(`${title}\n${text}`);
  },
});

await diary.save("pain_logs", {
  recorded_at: new Date().toISOString(), // better: with the offset of the place
  site: "leg",
  side: "left",
  intensity: 6,
});

try {
  const { sent } = await diary.sync();
  console.log(`${sent} entry has reached the clinic`);
} catch (error) {
  if (error instanceof LoginRequired) console.error("Please log in again.");
  else if (error instanceof TryLater) console.error("Saved here; it is sent later.");
  else throw error;
}
