// Shows what is pushed to this browser. A message says nothing but that there is
// something to open; whatever else it holds are ids.
"use strict";

self.addEventListener("push", (event) => {
  const { title, body, ...ids } = event.data.json();
  const tag = ids.alert_id ?? ids.message_id;
  event.waitUntil(
    self.registration.showNotification(title, { body, tag, renotify: true, requireInteraction: true, data: ids }),
  );
});

// A browser may end a subscription by itself. Then it gets another, and the server is told
// by what only the two of them know: the session may have ended long ago.
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(subscribeAnew(event)));

async function subscribeAnew({ oldSubscription, newSubscription }) {
  const memory = await caches.open("told");
  const known = await (await memory.match("subscription"))?.json(); // not every browser says
  const before = oldSubscription?.endpoint ?? known?.endpoint;
  const key = known?.key ?? oldSubscription?.options.applicationServerKey;
  if (!before || !key) return;
  const after = newSubscription ?? await self.registration.pushManager.subscribe({
    userVisibleOnly: true, applicationServerKey: key,
  });
  const { endpoint, keys } = after.toJSON();
  const answer = await fetch("{% url 'dashboard:told-anew' %}", {
    method: "POST",
    body: new URLSearchParams({ before, address: endpoint, p256dh: keys.p256dh, auth: keys.auth }),
    credentials: "omit",
  });
  if (answer.ok) await memory.put("subscription", Response.json({ endpoint, key: known?.key }));
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow("/"));
});
