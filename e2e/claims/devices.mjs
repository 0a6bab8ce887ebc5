// What people see of their own devices, and analysts of everybody's: once in English, once in
// German. Half of it is done without scripts.

import { go, heading, press, signInByCode, signInByLink } from "../lib/browser.mjs";
import { equal, has } from "../lib/claims.mjs";

const DAY_MS = 24 * 60 * 60 * 1000;
const ago = (days) => new Date(Date.now() - days * DAY_MS).toISOString();

// The words that are looked for.
const WORDS = {
  en: {
    open: "The disk is not encrypted",
    sound: "The disk is encrypted",
    critical: "Needs mending",
    unknown: "Not known",
    stale: "Too old to tell",
    older: "older device",
    dead: "has not answered",
    fixed: "I fixed it: look again",
    tomorrow: "Remind me tomorrow",
    rests: "How it stands has not changed",
    exempt: "Ask for an exemption",
    why: "Why can it not be mended?",
    ask: "Ask the security team",
    asked: "You asked to be excused",
    excused: "Excused until",
    until: "Granted until",
    grant: "Grant",
    app: /code from my app/,
    prove: "Code from your authenticator app",
    code: "Get a one-time code",
    device: "one of your devices",
    signOut: "Sign out",
  },
  de: {
    open: "Die Festplatte ist nicht verschlüsselt",
    sound: "Die Festplatte ist verschlüsselt",
    critical: "Muss behoben werden",
    unknown: "Nicht bekannt",
    stale: "Zu alt für ein Urteil",
    older: "älteres Gerät",
    dead: "antwortet nicht",
    fixed: "Behoben: noch einmal nachsehen",
    tomorrow: "Morgen erinnern",
    rests: "Am Stand ändert das nichts",
    exempt: "Um eine Ausnahme bitten",
    why: "Warum lässt es sich nicht beheben?",
    ask: "Das Sicherheitsteam fragen",
    asked: "Du hast um eine Ausnahme gebeten",
    excused: "Ausgenommen bis",
    until: "Gewährt bis",
    grant: "Gewähren",
    app: /Code aus meiner App/,
    prove: "Code aus deiner Authenticator-App",
    code: "Einmalcode holen",
    device: "eines deiner Geräte",
    signOut: "Abmelden",
  },
};

let made = 0;

// A device as an inventory sends it.
export function device(person, rest = {}) {
  made += 1;
  const { practices, ...facts } = rest;
  return {
    id: `inv-${made}`,
    serial: `C02STAGE${String(made).padStart(4, "0")}`,
    platform: "macos",
    os: "macOS",
    os_version: "15.1",
    model: "MacBook Pro",
    name: `MacBook ${made}`,
    email: person.email,
    owner_confidence: "assigned",
    last_sync: ago(0),
    practices: { encryption: true, firewall: true, screenlock: true, autoupdate: true, ...practices },
    ...facts,
  };
}

// Somebody with a device in every state; the first has an open disk.
export function shelf(person) {
  return [
    device(person, { name: "Work laptop", practices: { encryption: false } }),
    device(person, { name: "Old phone", platform: "android", os: "Android", os_version: "9", model: "Pixel 3", last_sync: ago(20) }),
    device(person, { name: "Tablet", platform: "ipados", os: "iPadOS", os_version: "18.1", model: "iPad Air", practices: { encryption: null, firewall: null } }),
    device(person, { name: "Drawer laptop", platform: "windows", os: "Windows 11 Pro", os_version: "10.0.22631", model: "ThinkPad X1", last_sync: ago(60) }),
    device(person, { name: "Desk computer", platform: "linux", os: "Debian GNU/Linux 13 (trixie)", os_version: "13", model: "OptiPlex" }),
  ];
}

export function devices(language) {
  const words = WORDS[language];
  const named = (claim) => `${claim}_${language}`;
  return async ({ claims, stage, browser, looks }) => {
    const look = (page, view) => looks.at(page, `${view} (${language})`);
    const someone = stage.person({ hasApp: false });
    const own = shelf(someone);
    const page = await browser.open(stage.url);
    const main = () => page.locator("main").innerText();
    const open = async (name) => {
      await go(page, "/me/devices");
      const row = page.locator("ul.rows a.row", { hasText: name }).first();
      if (!(await row.isVisible())) await page.locator("details > summary").first().click();
      await row.click();
      await page.waitForURL(/\/me\/devices\/dev_/);
    };

    await claims.check(named("somebody_without_devices_is_told_so"), async () => {
      await signInByLink(page, someone);
      await go(page, "/me/devices");
      has(await main(), someone.email, "the page without devices");
      await look(page, "my devices, none");
      await go(page, "/me/looks");
      await look(page, "who looked, nobody");
    });

    await claims.check(named("the_most_useful_step_stands_first_and_a_dead_source_is_named"), async () => {
      await stage.sendDevices(own);
      await go(page, "/");
      has(await main(), words.open, "the first page");
      await look(page, "now, something to mend");
      await go(page, "/me/devices");
      const text = await main();
      equal(text.indexOf(words.open) >= 0 && text.indexOf("Work laptop") < text.indexOf("Tablet"), true, "whether the gravest comes first");
      has(text, words.critical, "my devices");
      has(text, words.older, "my devices");
      equal(await page.locator("html").getAttribute("lang"), language, "the language");
      await look(page, "my devices");
      await open("Work laptop");
      await look(page, "a device to mend");
      await open("Tablet");
      has(await main(), words.unknown, "a device of which little is known");
      await look(page, "a device of which little is known");
      await open("Old phone");
      await look(page, "a phone that is out of date");
      await open("Drawer laptop");
      has(await main(), words.stale, "a device of long ago");
      await look(page, "a device of long ago");
    });

    await claims.check(named("every_answer_is_possible_without_scripts"), async () => {
      const link = await page.context().storageState();
      const plain = await browser.open(stage.url, { javaScriptEnabled: false, storageState: link });
      await go(plain, "/");
      await press(plain, words.tomorrow);
      has(await plain.locator("main").innerText(), words.rests, "the page after a rest");
      await press(plain, words.fixed);
      await plain.waitForURL(/now=/);
      const check = plain.locator("section.card", { hasText: words.open });
      await check.locator("summary", { hasText: words.exempt }).click();
      await check.getByLabel(words.why).fill("<b>A test machine</b>");
      await check.getByRole("button", { name: words.ask }).click();
      has(await plain.locator("main").innerText(), words.asked, "the page after a wish");
      await plain.context().close();
      await page.reload();
    });

    const desk = await browser.open(stage.url);
    await claims.check(named("an_analyst_sees_the_fleet_and_grants_an_exemption"), async () => {
      await signInByCode(desk, stage.analyst, await stage.code(stage.analyst));
      await stage.sendDevices([{ ...device(someone, { name: "Nobody's" }), email: undefined, owner_confidence: undefined }]);
      for (const [path, view] of [
        ["/console/devices", "fleet, overview"],
        ["/console/devices/list", "fleet, list"],
        ["/console/devices/list?unowned=1", "fleet, unowned"],
        ["/console/devices/judge", "fleet, to judge"],
        ["/console/devices/exemptions", "fleet, exemptions"],
      ]) {
        await go(desk, path);
        await look(desk, view);
      }
      has(await desk.locator("main").innerText(), "<b>A test machine</b>", "the wish, as it was typed");
      const grant = async () => {
        await desk.getByLabel(words.until).fill(ago(-30).slice(0, 10));
        await press(desk, words.grant);
      };
      await grant();
      await desk.waitForURL(/\/me\/prove/);
      await press(desk, words.app);
      await desk.getByLabel(words.prove).fill(await stage.code(stage.analyst, 1));
      await desk.locator('form[action="/me/prove/finish"] button').click();
      await desk.waitForURL(/\/console\/devices\/exemptions/);
      await grant();
      await desk.waitForURL(/now=done/);
      await look(desk, "fleet, an exemption in force");
      await go(desk, "/console/devices/list?check=encryption&state=exempt");
      await desk.locator("tr[data-row] a").first().click();
      await desk.waitForURL(/\/console\/devices\/dev_/);
      await look(desk, "fleet, a device");
      await desk.locator("main a[href^='/console/people/']").first().click();
      await desk.locator("main a[href$='/devices']").first().click();
      await desk.waitForURL(/\/devices$/);
      await look(desk, "fleet, a person's");
    });

    await claims.check(named("the_person_sees_the_exemption_and_who_looked"), async () => {
      await open("Work laptop");
      has(await main(), words.excused, "the device");
      await look(page, "a device with an exemption");
      await go(page, "/me/looks");
      const text = await main();
      has(text, stage.analyst.name, "who looked");
      has(text, words.device, "at what");
      await look(page, "who looked");
    });

    await claims.check(named("a_person_mends_their_device_and_sees_it_turn"), async () => {
      const [laptop] = own;
      await stage.sendDevices([{ ...laptop, last_sync: ago(0), practices: { ...laptop.practices, encryption: true } }]);
      await open("Work laptop");
      const text = await main();
      has(text, words.sound, "the mended device");
      equal(text.includes(words.open), false, "whether it still fails");
      await look(page, "a mended device");
    });

    await claims.check(named("a_code_for_ones_own_computer_is_shown_once"), async () => {
      const owner = stage.person({ hasApp: true });
      const theirs = await browser.open(stage.url);
      await signInByLink(theirs, owner);
      await go(theirs, "/me/devices");
      await press(theirs, words.code);
      await theirs.waitForURL(/\/me\/prove/);
      await press(theirs, words.app);
      await theirs.getByLabel(words.prove).fill(await stage.code(owner));
      await theirs.locator('form[action="/me/prove/finish"] button').click();
      await theirs.waitForURL(/\/me\/devices/);
      await press(theirs, words.code);
      has(await theirs.locator("pre").innerText(), "countersign posture collect --to", "the command");
      has(await heading(theirs), "", "the heading");
      await look(theirs, "a one-time code");
    });

    await claims.check(named("the_first_page_speaks_the_persons_language"), async () => {
      await go(page, "/me/history");
      has(await page.locator("header").innerText(), words.signOut, "the frame");
      await look(page, "history");
    });
  };
}
