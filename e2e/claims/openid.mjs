// Signing in by the company's OpenID provider, a real one: once in English, once in German.

import { go, press } from "../lib/browser.mjs";
import { equal, has } from "../lib/claims.mjs";
import { ANALYSTS, STRONG } from "../lib/openid.mjs";
import { totp } from "../lib/totp.mjs";

// The words that are looked for.
const WORDS = {
  en: {
    signIn: "Sign in with",
    unknown: "Countersign does not know you",
    turnedBack: "did not sign you in",
    elsewhere: "began in another browser",
    tooWeak: "not strong enough",
    afresh: "Sign in again with",
    addApp: "Add an authenticator app",
    added: "It is added",
  },
  de: {
    signIn: "Anmelden bei",
    unknown: "Countersign kennt dich nicht",
    turnedBack: "hat dich nicht angemeldet",
    elsewhere: "begann in einem anderen Browser",
    tooWeak: "reicht nicht, um einen Nachweis einzurichten",
    afresh: "Neu anmelden bei",
    addApp: "Authenticator-App hinzufügen",
    added: "Hinzugefügt",
  },
};
const BY_PASSWORD = "Sign in by password";
const BY_KEY = "Sign in by security key";

// The ways there and back.
class Ways {
  constructor({ browser, stage, provider, words }) {
    Object.assign(this, { browser, stage, provider, words, host: new URL(provider.url).host });
  }

  open(options) {
    return this.browser.open(this.stage.url, { beside: this.provider.url, ...options });
  }

  // Somebody of the company, who has an account at the provider.
  person(hasApp, groups) {
    const person = this.stage.person({ hasApp });
    this.provider.add(person.id, groups);
    return person;
  }

  // Opens a page that only its owner sees, and is led to the provider.
  async begin(page, wanted) {
    await this.isSignedOut(page, wanted);
    await press(page, `${this.words.signIn} ${this.host}`);
    await this.isAtProvider(page);
  }

  async signIn(page, account, by = BY_PASSWORD) {
    await page.getByLabel("Account").fill(account);
    await press(page, by);
  }

  isAtProvider(page) {
    return page.waitForURL((url) => url.origin === this.provider.url);
  }

  isBack(page) {
    return page.waitForURL((url) => url.origin === this.stage.url);
  }

  isAt(page, wanted) {
    return page.waitForURL(this.stage.url + wanted);
  }

  async isSignedOut(page, wanted = "/me/history") {
    await go(page, wanted);
    equal(new URL(page.url()).pathname, "/signin", "where somebody is who is not signed in");
  }
}

export function openid(language) {
  const words = WORDS[language];
  const named = (claim) => `${claim}_${language}`;
  return async ({ claims, stage, browser, looks, provider }) => {
    const ways = new Ways({ browser, stage, provider, words });
    const look = (page, view) => looks.at(page, `${view} (${language})`);
    const main = (page) => page.locator("main").innerText();

    await claims.check(named("a_person_signs_in_by_the_companys_provider_and_lands_where_they_wanted_to_go_without_scripts"), async () => {
      const person = ways.person(true);
      const page = await ways.open({ javaScriptEnabled: false });
      await ways.begin(page, "/me/history");
      const { state, nonce, code_challenge_method: method } = provider.asked;
      equal(Boolean(state && nonce) && method, "S256", "what the provider was asked with");
      await ways.signIn(page, person.id);
      await ways.isAt(page, "/me/history");
      await go(page, "/me/settings");
      has(await page.locator("body").innerText(), person.name, "the page of who is signed in");
    });

    await claims.check(named("the_way_to_the_provider_is_a_page_that_everybody_can_follow"), async () => {
      const page = await ways.open();
      await go(page, "/signin");
      await look(page, "sign-in, with a provider");
      // Nothing comes of being led on, so that the page stays.
      await page.route(`${provider.url}/**`, (route) => route.fulfill({ status: 204 }));
      await press(page, `${words.signIn} ${ways.host}`);
      const link = page.locator("main a").first();
      equal((await link.getAttribute("href")).startsWith(`${provider.url}/auth?`), true, "whether there is a link");
      await look(page, "sign-in, on to the provider");
    });

    await claims.check(named("who_is_unknown_here_is_told_so_and_is_not_signed_in"), async () => {
      provider.add("a-stranger", [ANALYSTS]);
      const page = await ways.open();
      await ways.begin(page, "/me/history");
      await ways.signIn(page, "a-stranger", BY_KEY);
      await ways.isBack(page);
      has(await main(page), words.unknown, "the page for a stranger");
      await look(page, "sign-in, unknown");
      await ways.isSignedOut(page);
    });

    await claims.check(named("cancelling_at_the_provider_signs_nobody_in"), async () => {
      const page = await ways.open();
      await ways.begin(page, "/me/history");
      await press(page, "Cancel");
      await ways.isBack(page);
      has(await main(page), `${ways.host} ${words.turnedBack}`, "the page after going back");
      await look(page, "sign-in, cancelled");
      await ways.isSignedOut(page);
    });

    await claims.check(named("a_callback_that_another_browser_began_signs_nobody_in"), async () => {
      const person = ways.person(true);
      const page = await ways.open();
      await ways.begin(page, "/me/history");
      const callback = await heldCallback(page, stage.url, { account: person.id, by: "password" });
      const other = await ways.open();
      await other.goto(callback);
      has(await main(other), words.elsewhere, "the page in the other browser");
      await look(other, "sign-in, a callback from elsewhere");
      await ways.isSignedOut(other);
      // It was a good one.
      await page.goto(callback);
      await ways.isAt(page, "/me/history");
    });

    await claims.check(named("who_is_an_analyst_to_the_provider_finds_the_console"), async () => {
      const [person, analyst] = [ways.person(true), ways.person(true, [ANALYSTS])];
      for (const [who, status] of [[person, 403], [analyst, 200]]) {
        const page = await ways.open();
        await ways.begin(page, "/console/cases");
        await ways.signIn(page, who.id);
        await ways.isAt(page, "/console/cases");
        equal((await go(page, "/console/cases")).status(), status, "the status of the console");
        // The console listens for what is new, and must not outlive the server.
        await page.context().close();
      }
    });

    await claims.check(named("a_person_without_a_factor_sets_up_their_first_one_after_signing_in_afresh"), async () => {
      const person = ways.person(false);
      const page = await ways.open();
      await ways.begin(page, "/me/ways");
      await ways.signIn(page, person.id, BY_KEY);
      await ways.isAt(page, "/me/ways");
      equal(await page.getByRole("button", { name: words.addApp }).count(), 0, "ways to add one");
      await look(page, "ways, none yet, with a provider");
      await press(page, `${words.afresh} ${ways.host}`);
      // They are signed in at the provider, and are asked nevertheless.
      await ways.isAtProvider(page);
      equal(provider.asked.max_age, "0", "the age that a sign-in may have");
      equal(provider.asked.prompt, "login", "what the provider is to do");
      equal(provider.asked.acr_values, STRONG, "how they are to sign in");
      await ways.signIn(page, person.id, BY_KEY);
      await ways.isAt(page, "/me/ways");
      await look(page, "ways, signed in afresh");
      await press(page, words.addApp);
      await page.waitForURL(/\/me\/ways\/add\/totp/);
      await page.locator("#code").fill(totp(await page.locator("span.code").innerText()));
      await page.locator('form[action="/me/ways/add/totp"] button').click();
      await page.waitForURL(/\/me\/ways\?now=added/);
      has(await main(page), words.added, "the ways to prove");
    });

    await claims.check(named("signing_in_afresh_by_a_mere_password_sets_up_nothing"), async () => {
      const person = ways.person(false);
      const page = await ways.open();
      await ways.begin(page, "/me/ways");
      await ways.signIn(page, person.id);
      await ways.isAt(page, "/me/ways");
      await press(page, `${words.afresh} ${ways.host}`);
      await ways.isAtProvider(page);
      await ways.signIn(page, person.id);
      await ways.isBack(page);
      has(await page.getByRole("alert").innerText(), words.tooWeak, "the page after it");
      await look(page, "ways, signed in afresh by a password");
      await go(page, "/me/ways");
      // Who they are was known before, and still is.
      await ways.isAt(page, "/me/ways");
      equal(await page.getByRole("button", { name: words.addApp }).count(), 0, "ways to add one");
    });
  };
}

// Signs in at the provider and stops before the browser follows the way back: the address of it.
async function heldCallback(page, origin, form) {
  let reply = await page.request.post(page.url(), { form, maxRedirects: 0 });
  for (;;) {
    const next = reply.headers().location;
    if (next === undefined) throw new Error(`the provider answers ${reply.status()}: ${await reply.text()}`);
    if (next.startsWith(origin)) return next;
    reply = await page.request.get(next, { maxRedirects: 0 });
  }
}
