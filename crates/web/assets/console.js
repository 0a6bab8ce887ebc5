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

  if (!news || !news.dataset.poll) return;
  // A forgotten window must not keep its session alive.
  const EVERY_MS = 15_000;
  const ATTENDED_MS = 15 * 60_000;
  let attendedAt = Date.now();
  for (const kind of ["keydown", "pointermove", "scroll"]) {
    document.addEventListener(kind, () => { attendedAt = Date.now(); }, { passive: true });
  }

  const announce = (count, hasMore) => {
    if (count === 0) return;
    const words = `${count}${hasMore ? " or more" : ""} new ${count === 1 ? "case" : "cases"}: show`;
    if (news.textContent !== words) news.textContent = words;
    news.hidden = false;
  };

  const poll = async () => {
    if (document.hidden || Date.now() - attendedAt > ATTENDED_MS) return;
    try {
      const reply = await fetch(news.dataset.poll, { headers: { accept: "application/json" }, credentials: "same-origin" });
      if (!reply.ok) return;
      const found = await reply.json();
      announce(found.items.length, found.next_cursor !== null);
    } catch {
      // The server is away: the next look may find it.
    }
  };
  setInterval(poll, EVERY_MS);
})();
