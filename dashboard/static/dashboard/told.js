// Subscribes this browser to messages and says whether it is told. The forms go the
// ordinary way; this fills in what only the browser knows.
"use strict";

(async () => {
  const section = document.getElementById("browser");
  if (!section?.dataset.key) return;
  const state = document.getElementById("browser-state");
  const forms = Object.fromEntries(
    ["on", "off", "show"].map((name) => [name, document.getElementById(`browser-${name}`)]),
  );
  const say = (what, ...shown) => {
    state.textContent = state.dataset[what];
    for (const [name, form] of Object.entries(forms)) form.hidden = !shown.includes(name);
  };
  const offers = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  if (!offers) return say("missing");

  const known = () => navigator.serviceWorker.getRegistration(section.dataset.worker);
  const base64url = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const fingerprint = async (endpoint) => {
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
    return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  // Another account's subscription, or one for a key that the server has no more, tells
  // this account nothing.
  const ownWay = async (subscription) => {
    const key = subscription?.options?.applicationServerKey;
    if (!key || base64url(key) !== section.dataset.key) return null;
    const print = await fingerprint(subscription.endpoint);
    return document.querySelector(`[data-print="${print}"]`);
  };

  // The service worker reads it when the browser ends the subscription by itself.
  const remember = async ({ endpoint }) =>
    (await caches.open("told")).put("subscription", Response.json({ endpoint, key: section.dataset.key }));

  const show = async () => {
    if (Notification.permission === "denied") return say("denied");
    const subscription = await (await known())?.pushManager.getSubscription();
    const way = await ownWay(subscription);
    if (!way) return say("off", "on");
    await remember(subscription);
    way.querySelector("[data-here]").hidden = false;
    forms.off.action = way.querySelector("form").action;
    say("on", "show", "off");
  };

  const subscribe = async () => {
    if (await Notification.requestPermission() !== "granted") return false;
    await navigator.serviceWorker.register(section.dataset.worker);
    const registration = await navigator.serviceWorker.ready;
    const before = await registration.pushManager.getSubscription();
    if (before && !(await ownWay(before))) await before.unsubscribe();
    const { endpoint, keys } = (await registration.pushManager.subscribe({
      userVisibleOnly: true, applicationServerKey: section.dataset.key,
    })).toJSON();
    forms.on.elements.address.value = endpoint;
    forms.on.elements.p256dh.value = keys.p256dh;
    forms.on.elements.auth.value = keys.auth;
    return true;
  };

  const unsubscribe = async () => {
    await (await (await known())?.pushManager.getSubscription())?.unsubscribe();
    return true;
  };

  const first = (form, work) =>
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      button.disabled = true;
      try {
        if (await work()) return form.submit();
        await show();
      } catch {
        say("failed", "on");
      }
      button.disabled = false;
    });
  first(forms.on, subscribe);
  first(forms.off, unsubscribe);
  first(forms.show, async () => {
    const { title, body } = forms.show.dataset;
    await (await known()).showNotification(title, { body, tag: "example" });
    return false;
  });

  await show().catch(() => say("failed", "on"));
})();
