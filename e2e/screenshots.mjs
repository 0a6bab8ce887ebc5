// Writes the pictures of the README into docs/images: `npm run screenshots`. Nothing in them is
// drawn by hand; the people are made up.

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { enrolPasskey, go, launch, press, signInByCode, signInByLink } from "./lib/browser.mjs";
import { shelf } from "./claims/devices.mjs";
import { startStage } from "./lib/stage.mjs";

const FOLDER = process.env.SCREENSHOTS ?? fileURLToPath(new URL("../docs/images/", import.meta.url));
const PHONE = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2 };
const SCREEN = { viewport: { width: 1280, height: 860 }, deviceScaleFactor: 1.5 };
const shoot = (page, name) => page.screenshot({ path: `${FOLDER}/${name}.png`, animations: "disabled" });

mkdirSync(FOLDER, { recursive: true });
const browser = await launch();
const stages = {
  cases: [["--independence-window", "0s", "--links", "16"], [theirDay, onThePhone, inTheConsole]],
  devices: [["--independence-window", "0s", "--links", "16", "--devices"], [theirDevices, theFleet]],
};
let stage;
try {
  // All of them, or those named: `node screenshots.mjs devices`.
  for (const [name, [args, parts]] of Object.entries(stages)) {
    if (process.argv.length > 2 && !process.argv.includes(name)) continue;
    stage = await startStage(args);
    try {
      for (const part of parts) await part();
    } finally {
      await stage.end();
    }
  }
} finally {
  await browser.close();
}

// What others were asked, and what they did.
async function theirDay() {
  const deny = async (page) => {
    await press(page, "Not me");
    await page.getByRole("heading", { name: "The security team knows" }).waitFor();
  };
  const prove = async (page, someone) => {
    await press(page, "It was me");
    await press(page, "Prove it with a code from my app");
    await page.getByLabel("Code from your authenticator app").fill(await stage.code(someone));
    await press(page, "Prove it");
    await page.getByRole("heading", { name: "Done" }).waitFor();
  };
  const doubt = async (page) => {
    await press(page, "Not sure");
    await page.locator('form[action$="/comment"]').waitFor();
  };
  const wait = async () => {};
  for (const [story, act, hasApp] of [
    ["mass_clone", wait, false],
    ["mail_access", prove, true],
    ["access_key", doubt, false],
    ["factor_reset", wait, true],
    ["new_network", prove, true],
    ["sudo", wait, false],
    ["access_key", deny, true],
  ]) {
    const someone = stage.person({ hasApp });
    const id = await stage.raise(someone, story);
    await stage.untilAsked(id);
    if (act === wait) continue;
    const page = await browser.open(stage.url);
    await signInByLink(page, someone);
    await go(page, `/ask/${id}`);
    await act(page, someone);
    await page.context().close();
  }
}

async function onThePhone() {
  const page = await browser.open(stage.url, PHONE);
  const someone = stage.person({ hasApp: false });
  await signInByLink(page, someone);
  await enrolPasskey(page);
  const id = await stage.raise(someone, "new_network");
  await stage.untilAsked(id);
  await go(page, "/");
  await shoot(page, "now");
  await go(page, `/ask/${id}`);
  await shoot(page, "question");
  await page.emulateMedia({ colorScheme: "dark" });
  await shoot(page, "question-dark");
  await page.emulateMedia({ colorScheme: "light" });
  await press(page, "It was me");
  await press(page, "Prove it with a passkey");
  const ceremony = page.locator('form[data-passkey="get"] button');
  await ceremony.waitFor();
  await shoot(page, "prove");
  await ceremony.click();
  await page.getByRole("heading", { name: "Done" }).waitFor();
  await shoot(page, "verified");
}

async function inTheConsole() {
  const page = await browser.open(stage.url, SCREEN);
  await signInByCode(page, stage.analyst, await stage.code(stage.analyst));
  await go(page, "/console/cases?state=all");
  await shoot(page, "queue");
  await go(page, "/console/cases?state=escalated");
  await page.locator("tr[data-row] a").first().click();
  await page.locator("h1").waitFor();
  await shoot(page, "case");
}

async function theirDevices() {
  const page = await browser.open(stage.url, PHONE);
  const someone = stage.person({ hasApp: false });
  await stage.sendDevices(shelf(someone));
  await signInByLink(page, someone);
  await go(page, "/me/devices");
  await shoot(page, "devices");
  await page.locator("ul.rows a.row", { hasText: "Work laptop" }).first().click();
  await page.waitForURL(/\/me\/devices\/dev_/);
  await shoot(page, "device");
  await page.emulateMedia({ colorScheme: "dark" });
  await shoot(page, "device-dark");
}

async function theFleet() {
  const others = stage.free.flatMap((person, index) => shelf(person).slice(0, 1 + (index % 5)));
  await stage.sendDevices(others);
  const page = await browser.open(stage.url, SCREEN);
  await signInByCode(page, stage.analyst, await stage.code(stage.analyst));
  await go(page, "/console/devices");
  await shoot(page, "fleet");
}
