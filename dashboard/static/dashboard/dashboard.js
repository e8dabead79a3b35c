// What every page does beside htmx: the session that ends, the connection that
// drops, focus after a swap, and the keys of the worklist. No inline code anywhere.
"use strict";

(() => {
  const byId = (id) => document.getElementById(id);
  const cookie = (name) =>
    document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`))?.split("=")[1];
  let answered = null; // the alert whose button was pressed last

  const warn = (build) => {
    const place = byId("connection");
    place.replaceChildren();
    if (build) build(place);
    place.hidden = !build;
  };

  const loggedOut = (place) => {
    const link = document.createElement("a");
    link.href = "/accounts/login/?next=/";
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = place.dataset.logIn;
    place.append(`${place.dataset.loggedOut} `, link, `, ${place.dataset.comeBack}`);
  };

  // A login in another tab changes the token, so the newest cookie wins over the form.
  document.addEventListener("htmx:configRequest", (event) => {
    const token = cookie("csrftoken");
    if (!token) return;
    event.detail.headers["X-CSRFToken"] = token;
    delete event.detail.parameters.csrfmiddlewaretoken;
  });

  // On a telephone the first alert comes before the fields that choose among them.
  if (matchMedia("(max-width: 40rem)").matches && !location.search) byId("choosing")?.removeAttribute("open");

  // While a stream tells what is new, the poll only looks whether a hint was lost.
  const LOST_HINT = 60_000;
  let streaming = false;
  let looked = Date.now();
  // A line that tells of trouble must not outlive the trouble: no hint comes when it ends.
  const isTrouble = () => !byId("connection").hidden || document.querySelector("#worklist .delayed, #alerts .delayed");
  const isNeedlessPoll = (event) => {
    if (!event.detail.elt.matches("#worklist, #alerts") || isTrouble()) return false;
    const hinted = event.detail.requestConfig.triggeringEvent?.type === "news";
    if (!hinted && streaming && Date.now() - looked < LOST_HINT) return true;
    looked = Date.now();
    return false;
  };

  const listen = (address) => {
    const source = new EventSource(address);
    let pending = null;
    source.onopen = () => { streaming = true; };
    // The first event comes at once: what happened while the page was on its way counts.
    source.onmessage = () => {
      clearTimeout(pending);
      pending = setTimeout(() => {
        for (const part of document.querySelectorAll("#worklist, #alerts")) htmx.trigger(part, "news");
      }, 300);
    };
    source.onerror = () => {
      streaming = false;
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, LOST_HINT, address);
    };
  };
  const events = document.body.dataset.events;
  if (events && document.querySelector("#worklist, #alerts")) listen(events);

  // A poll must not sweep away an open form or what somebody is reading: it only looks
  // whether there is news, and says so.
  const isOpen = (part) => part.querySelector("details[open]");
  const announce = async (part) => {
    const reply = await fetch(part.getAttribute("hx-get"), { headers: { "HX-Request": "true" } }).catch(() => null);
    if (reply?.status === 401) return warn(loggedOut);
    if (!reply?.ok) return;
    const now = new DOMParser().parseFromString(await reply.text(), "text/html").getElementById("alerts");
    if (isOpen(byId("alerts")) && now && now.dataset.version !== byId("alerts").dataset.version) byId("news").hidden = false;
  };

  // What is typed outlives the news: in its form, or beside the line if that is gone.
  let kept = [];
  const isTyped = (field) => field.id && field.value !== (field.querySelector("option")?.value ?? field.defaultValue);
  const showNews = () => {
    const part = byId("alerts");
    kept = [...part.querySelectorAll("textarea:not([readonly]), select, input:not([type=hidden])")]
      .filter(isTyped).map(({ id, value }) => ({ id, value }));
    for (const details of part.querySelectorAll("details[open]")) details.open = false;
    htmx.trigger(part, "news");
  };
  const putBack = () => {
    for (const { id, value } of kept) {
      const field = byId(id);
      if (field) {
        field.value = value;
        field.closest("details").open = true;
      } else if (value) {
        const left = byId("news-typed");
        left.hidden = false;
        left.querySelector("textarea").value += `${value}\n`;
      }
    }
    kept = [];
  };
  byId("news")?.querySelector("button").addEventListener("click", showNews);
  document.addEventListener("toggle", (event) => {
    if (event.target.matches("#alerts details") && !byId("news").hidden && !isOpen(byId("alerts"))) showNews();
  }, true);

  document.addEventListener("htmx:beforeRequest", (event) => {
    const source = event.detail.elt;
    if (isNeedlessPoll(event)) {
      event.preventDefault();
    } else if (source.id === "alerts" && isOpen(source)) {
      event.preventDefault();
      announce(source);
    }
    if (source.dataset.alert) answered = source.dataset.alert;
    if (source.matches("form[hx-post]")) answered ??= "alerts-title";
  });

  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 401) return warn(loggedOut);
    warn((place) => place.append(`${place.dataset.refused} (${status})`));
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () =>
      warn((place) => place.append(place.dataset.offline)));
  }
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.xhr.status < 400) warn(null);
  });

  // htmx keeps no history here, for its copies of pages would outlive the session; but
  // what was chosen belongs into the address, so that a reload shows it again.
  const showAddress = () => {
    const address = byId("worklist")?.dataset.address;
    if (address) history.replaceState(null, "", address);
  };

  // A tick stays where it is while its alert has not moved; its value names the version.
  let ticked = [];
  let hadFocus = false;
  const ticks = () => [...document.querySelectorAll("#worklist .tick input")];
  document.addEventListener("htmx:beforeSwap", (event) => {
    hadFocus = event.detail.target.contains(document.activeElement);
    ticked = ticks().filter((box) => box.checked).map((box) => box.value);
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    for (const box of ticks()) box.checked ||= ticked.includes(box.value);
    if (event.detail.requestConfig?.elt.id === "filter") showAddress();
    if (event.detail.target?.id === "alerts" && byId("news")) {
      byId("news").hidden = true;
      putBack();
    }
    // What came late stands where the focus was: its title takes it over.
    if (hadFocus && event.target.id === "looking-back") byId("responses-title")?.focus();
    const said = document.querySelector("[data-said]");
    if (said) byId("live").textContent = said.textContent;
    showLocalTime();
    if (answered && (document.activeElement === document.body || !document.activeElement)) {
      (byId(`open-${answered}`) ?? byId("alerts-title"))?.focus();
    }
    answered = null;
  });

  const showLocalTime = () => {
    for (const time of document.querySelectorAll("time[data-fresh]")) {
      time.textContent = new Date(time.dateTime).toLocaleTimeString([], { hour12: false });
    }
  };
  showLocalTime();

  // j and k walk the patients, a acknowledges; plain tabbing works as well.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    const links = [...document.querySelectorAll("#worklist [data-step]")];
    if (!links.length) return;
    const here = document.activeElement.closest?.(".row")?.querySelector("[data-step]") ?? document.activeElement;
    const place = links.indexOf(here);
    if (event.key === "j") links[Math.min(place + 1, links.length - 1)].focus();
    if (event.key === "k") links[Math.max(place - 1, 0)].focus();
    if (event.key === "a" && here.dataset?.alert) byId(`ack-${here.dataset.alert}`)?.click();
  });
})();
