// Drives Chromium through everything that people do on Countersign's pages, against the real
// server. Ends with "N passed, N failed". Start it with `cargo xtask test`, or build first:
// cargo build -p countersign -p testkit --bins

import { analyst } from "./claims/analyst.mjs";
import { devices } from "./claims/devices.mjs";
import { openid } from "./claims/openid.mjs";
import { person, unprovable } from "./claims/person.mjs";
import { CHROMIUM, hasBrowser, launch } from "./lib/browser.mjs";
import { Claims, equal, none } from "./lib/claims.mjs";
import { Looks } from "./lib/look.mjs";
import { startOpenId } from "./lib/openid.mjs";
import { startStage } from "./lib/stage.mjs";

if (!hasBrowser()) {
  console.log(`skipped: there is no ${CHROMIUM}; CHROMIUM names another`);
  process.exit(process.env.COUNTERSIGN_REQUIRE_ALL === "1" ? 1 : 0);
}

// What found nothing above must be able to find something.
async function noticesFaults(browser) {
  const stage = await startStage(["--links", "0"]);
  try {
    const page = await browser.open(stage.url);
    await page.goto(`${stage.url}/check`);
    const looks = new Looks();
    await page.evaluate(() => {
      const style = document.createElement("style");
      style.textContent = "main { color: red }";
      document.head.append(style);
      const image = document.createElement("img");
      image.src = "http://127.0.0.2/elsewhere.png";
      const wide = document.createElement("div");
      wide.style.width = "2000px";
      wide.textContent = "wide";
      document.querySelector("main").append(image, wide);
    });
    await looks.at(page, "a page with faults");
    equal(browser.violations.length >= 2, true, "whether violations were noticed");
    equal(browser.errors.length >= 1, true, "whether errors in the console were noticed");
    equal(looks.findings.some((finding) => finding.includes("image-alt")), true, "whether axe found the image");
    equal(looks.overflows.length > 0, true, "whether the width was noticed");
  } finally {
    await stage.end();
  }
}

const claims = new Claims();
const looks = new Looks();
const browser = await launch();

const stages = [
  ["cases", ["--independence-window", "0s", "--links", "16"], [person, analyst]],
  ["cases", ["--independence-window", "72h", "--links", "2", "--without-duo"], [unprovable]],
  ["devices", ["--independence-window", "0s", "--links", "4", "--devices"], [devices("en")]],
  ["devices", ["--independence-window", "0s", "--links", "4", "--devices", "--language", "de"], [devices("de")]],
  ["openid", ["--links", "12"], [openid("en")]],
  ["openid", ["--links", "12", "--language", "de"], [openid("de")]],
];
// Only what is named, where something is: `ONLY=devices npm test`.
const wanted = process.env.ONLY;
for (const [name, args, parts] of stages.filter(([name]) => !wanted || name === wanted)) {
  const provider = name === "openid" ? await startOpenId() : null;
  const more = provider ? ["--config", provider.config()] : [];
  const stage = await startStage([...args, ...more], provider?.environment());
  try {
    for (const part of parts) await part({ claims, stage, browser, looks, provider });
  } finally {
    await stage.end();
    await provider?.end();
  }
}

await claims.check("no_page_breaks_its_own_content_security_policy", () => {
  none(browser.violations, "violations");
  none(browser.errors, "errors in the console");
});
await claims.check("every_page_has_a_strict_content_security_policy", () => {
  none(browser.unguarded, "pages without one");
  equal(browser.pages > 0, true, "whether there were pages");
});
await claims.check("no_page_loads_anything_from_elsewhere", () => none(browser.elsewhere, "requests"));
await claims.check("no_page_has_a_serious_accessibility_fault", () => none(looks.findings, "findings"));
await claims.check("no_page_is_wider_than_its_screen", () => none(looks.overflows, "pages"));
await claims.check("every_control_is_large_enough_for_a_finger", () => none(looks.small, "controls"));

await claims.check("the_watch_over_these_pages_notices_faults", () => noticesFaults(browser));
await browser.close();
console.log(`${looks.names.length} views looked at, light and dark, 390 and 1280 px wide`);
console.log(`${claims.passed} passed, ${claims.failed} failed`);
process.exitCode = claims.failed === 0 ? 0 : 1;
