// Draws the Vega-Lite documents of charts.json without eval and without inline styles.
// The definitions name styles; their colours come from the page's custom properties.
"use strict";

(() => {
  const place = document.getElementById("charts");
  if (!place) return;
  let documents = [];

  const theme = () => {
    const font = getComputedStyle(document.documentElement).getPropertyValue("--font").trim();
    // The property itself: screens that turn dark and paper need no new drawing.
    const colour = (name) => `var(--${name})`;
    const dot = (leg, shape, filled) => ({
      shape, size: 26, filled, opacity: 1, strokeWidth: 1.5, color: colour(leg),
    });
    const tiers = ["emergency", "urgent", "soon", "watch", "info"].map((tier) => colour(`${tier}-edge`));
    return {
      background: null,
      aria: false, // the figure has a name, and the same stands in words below
      mark: { aria: false },
      font,
      view: { stroke: null },
      axis: {
        labelColor: colour("muted"), labelFontSize: 11, domainColor: colour("line"),
        tickColor: colour("line"), gridColor: colour("line"), gridOpacity: 0.7, minExtent: 62, maxExtent: 62,
      },
      axisX: { minExtent: 0, maxExtent: 40 },
      range: { ordinal: [...tiers, colour("event")], category: [colour("left"), colour("soon-edge"), colour("muted"), colour("silence")] },
      legend: { labelColor: colour("muted"), labelLimit: 300 },
      style: {
        nothing: { opacity: 0 },
        silence: { color: colour("silence"), opacity: 0.75 },
        "event-line": { strokeWidth: 1.25, strokeDash: [2, 2], opacity: 0.9 },
        "treatment-span": { color: colour("event"), opacity: 0.35, height: 8, cornerRadius: 3 },
        event: { size: 85, filled: true, opacity: 1 },
        "usual-left": { color: colour("left"), opacity: 0.11 },
        "usual-right": { color: colour("right"), opacity: 0.11 },
        "accepted-left": { color: colour("left"), opacity: 0.22 },
        "accepted-right": { color: colour("right"), opacity: 0.22 },
        "accepted-line-left": { color: colour("left"), strokeWidth: 1.5, opacity: 0.9 },
        "accepted-line-right": { color: colour("right"), strokeWidth: 1.5, opacity: 0.9 },
        "usual-line-left": { color: colour("left"), strokeWidth: 1, strokeDash: [1, 3], opacity: 0.9 },
        "usual-line-right": { color: colour("right"), strokeWidth: 1, strokeDash: [1, 3], opacity: 0.9 },
        "leg-left": { color: colour("left"), strokeWidth: 1.75 },
        "leg-right": { color: colour("right"), strokeWidth: 1.75, strokeDash: [5, 3] },
        "dot-left": dot("left", "circle", true),
        "dot-right": dot("right", "triangle-up", false),
        "not-done": { shape: "cross", angle: 45, size: 44, filled: true, color: colour("muted"), opacity: 1 },
      },
    };
  };

  const figure = (chart) => {
    const holder = document.createElement("figure");
    holder.className = "chart";
    holder.dataset.chart = chart.key;
    const caption = document.createElement("figcaption");
    caption.textContent = chart.title;
    const drawing = document.createElement("div");
    drawing.className = "drawing";
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", `${chart.title}. ${place.dataset.elsewhere}`);
    holder.append(caption, drawing);
    return holder;
  };

  const say = (words) => {
    const line = document.createElement("p");
    line.className = "empty loading";
    line.textContent = words;
    place.replaceChildren(line);
    document.getElementById("live").textContent = words;
  };

  const draw = async () => {
    const holders = documents.map(figure);
    place.replaceChildren(...holders);
    const options = {
      actions: false, ast: true, defaultStyle: false, renderer: "svg", config: theme(),
      logLevel: window.vega.Error, // a leg without answers is no reason to warn
      tooltip: { disableDefaultStyle: true, theme: "plain" },
    };
    for (const [at, chart] of documents.entries()) {
      const { view } = await window.vegaEmbed(holders[at].querySelector(".drawing"), chart.spec, options);
      // The brush has roles of its own, inside of what is named as one picture.
      holders[at].querySelector("svg")?.setAttribute("aria-hidden", "true");
      if (chart.key === "events") listenToBrush(view);
    }
    place.dataset.drawn = place.dataset.query;
  };

  // Of two ranges asked for in a row only the last is drawn, whichever comes first.
  let turn = 0;
  const load = async () => {
    const mine = ++turn;
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`${place.dataset.source}?${place.dataset.query}`, {
        credentials: "same-origin", headers: { "HX-Request": "true" },
      });
      if (mine !== turn) return;
      if (answer.status === 401) return say(place.dataset.loggedOut);
      if (!answer.ok) throw new Error(String(answer.status));
      const { charts } = await answer.json();
      if (mine !== turn) return;
      documents = charts;
      await draw();
    } catch {
      if (mine === turn) say(place.dataset.failed);
    } finally {
      if (mine === turn) place.removeAttribute("aria-busy");
    }
  };

  const show = (query) => {
    place.dataset.query = query;
    history.replaceState(null, "", `?${query}#charts-title`);
    for (const link of document.querySelectorAll("[data-range][href]")) {
      if (query === `range=${link.dataset.range}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    load();
  };

  const days = document.querySelector("form.window");
  const showDays = () => show(new URLSearchParams(new FormData(days)).toString());

  // What is drawn over goes into the form, which says the same to everybody else.
  const listenToBrush = (view) => {
    let drawn = null;
    view.addSignalListener("days", (name, value) => { drawn = value.day; });
    view.addEventListener("pointerup", () => {
      if (!days || !drawn || drawn.length !== 2 || drawn[1] - drawn[0] < 86_400_000) return;
      const [from, to] = drawn.map((time) => new Date(time).toISOString().slice(0, 10));
      days.elements.from.value = from;
      days.elements.to.value = to;
      showDays();
    });
  };
  days?.addEventListener("submit", (event) => { event.preventDefault(); showDays(); });
  for (const link of document.querySelectorAll("[data-range][href]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      show(`range=${link.dataset.range}`);
    });
  }
  load();
})();
