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

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow("/"));
});
