"use strict";
// Comfort for the console's queue: keys, and a count of new cases. Everything works without it.
// Nothing here moves focus or rows unless a key asks for it.
(() => {
  const rows = [...document.querySelectorAll("[data-row]")];
  const keys = document.getElementById("keys");
  const search = document.getElementById("text");
  const news = document.getElementById("news");
  let here = -1;

  const isTyping = (target) => target.closest("input, select, textarea, button, summary, dialog") !== null;

  const go = (step) => {
    if (rows.length === 0) return;
    here = Math.min(Math.max(here + step, 0), rows.length - 1);
    rows.forEach((row, index) => row.classList.toggle("is-here", index === here));
    const link = rows[here].querySelector("a");
    link.focus({ preventScroll: true });
    rows[here].scrollIntoView({ block: "nearest" });
  };

  const acts = {
    j: () => go(1),
    k: () => go(-1),
    "/": () => search && search.focus(),
    "?": () => keys && typeof keys.showModal === "function" && keys.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && event.target === search) return search.blur();
    const act = acts[event.key];
    if (!act || isTyping(event.target)) return;
    event.preventDefault();
    act();
  });

  rows.forEach((row, index) =>
    row.addEventListener("focusin", () => {
      here = index;
    }),
  );

  if (!news) return;
  const shown = new Set(rows.map((row) => row.dataset.row));
  const found = new Set();

  const announce = (count, hasMore) => {
    if (count === 0) return;
    const words = `${count}${hasMore ? " or more" : ""} new ${count === 1 ? "case" : "cases"}: show`;
    if (news.textContent !== words) news.textContent = words;
    news.hidden = false;
  };

  // Whether a case belongs into this listing: the filters of the address, as the page was told them.
  const belongs = (item) => {
    const { states, severity, person, rule, words } = news.dataset;
    const line = `${item.title} ${item.source} ${item.rule} ${item.id}`.toLowerCase();
    return (
      (!states || states.split(",").includes(item.state)) &&
      (!severity || item.severity === severity) &&
      (!person || item.person === person) &&
      (!rule || item.rule === rule) &&
      words.split(" ").every((word) => line.includes(word))
    );
  };

  const hear = (event) => {
    last = event.lastEventId;
    const item = JSON.parse(event.data);
    if (shown.has(item.id) || item.id <= news.dataset.floor) return;
    if (belongs(item)) found.add(item.id);
    else found.delete(item.id);
    if (found.size > 0) announce(found.size, false);
    else news.hidden = true;
  };

  // One stream for the window that is looked at: a browser has few connections to one server.
  let stream = null;
  let last = null;
  let isLive = false;
  const listen = () => {
    if (stream || typeof EventSource === "undefined") return;
    stream = new EventSource(last === null ? news.dataset.stream : `/v1/stream?after=${last}`);
    for (const kind of ["opened", "changed"]) stream.addEventListener(kind, hear);
    stream.addEventListener("open", () => { isLive = true; });
    stream.addEventListener("error", () => { isLive = false; });
  };
  const fall = () => {
    if (stream) stream.close();
    stream = null;
    isLive = false;
  };
  if (!document.hidden) listen();
  document.addEventListener("visibilitychange", () => (document.hidden ? fall() : listen()));
  addEventListener("pagehide", fall);
  addEventListener("pageshow", () => document.hidden || listen());

  // Where there is no stream it looks now and then. A forgotten window must not keep its session
  // alive.
  const EVERY_MS = 15_000;
  const ATTENDED_MS = 15 * 60_000;
  let attendedAt = Date.now();
  for (const kind of ["keydown", "pointermove", "scroll"]) {
    document.addEventListener(kind, () => { attendedAt = Date.now(); }, { passive: true });
  }

  const poll = async () => {
    if (isLive || document.hidden || Date.now() - attendedAt > ATTENDED_MS) return;
    try {
      const reply = await fetch(news.dataset.poll, { headers: { accept: "application/json" }, credentials: "same-origin" });
      if (!reply.ok) return;
      const listing = await reply.json();
      announce(listing.items.length, listing.next_cursor !== null);
    } catch {
      // The server is away: the next look may find it.
    }
  };
  setInterval(poll, EVERY_MS);
})();
