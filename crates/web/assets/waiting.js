"use strict";
// Looks again at a page that waits for something elsewhere, such as a phone, and shows it anew
// once something changed. Without scripts the page reloads by itself instead.
(() => {
  const EVERY_MS = Number(document.body.dataset.lookAgain) * 1_000;
  // A forgotten window must not keep its session alive: a proof never takes longer.
  const WAITS_MS = 10 * 60_000;
  const began = Date.now();
  const content = (page) => page.getElementById("main").innerHTML;
  const shown = content(document);

  const look = async () => {
    try {
      const reply = await fetch(location.href, { headers: { accept: "text/html" }, credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      if (!reply.ok || content(page) !== shown) return location.reload();
    } catch {
      // The server is away: the next look may find it.
    }
    if (Date.now() - began < WAITS_MS) setTimeout(look, EVERY_MS);
  };
  setTimeout(look, EVERY_MS);
})();
