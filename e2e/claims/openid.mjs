// Signing in by the company's OpenID provider, a real one, in a browser without scripts: once in
// English, once in German.

import { go, press } from "../lib/browser.mjs";
import { equal, has } from "../lib/claims.mjs";
import { ANALYSTS, STRONG } from "../lib/openid.mjs";
import { totp } from "../lib/totp.mjs";

// The words that are looked for.
const WORDS = {
  en: {
    signIn: /^Sign in with 127\.0\.0\.1/,
    afresh: /^Sign in afresh with 127\.0\.0\.1/,
    unknown: "nobody",
    cancelled: "did not sign you in",
    addApp: "Add an authenticator app",
    added: "It is added",
  },
  de: {
    signIn: /127\.0\.0\.1/,
    afresh: /127\.0\.0\.1/,
    unknown: "niemand",
    cancelled: "nicht angemeldet",
    addApp: "Authenticator-App hinzufügen",
    added: "Hinzugefügt",
  },
};
const BY_PASSWORD = "Sign in by password";
const BY_KEY = "Sign in by security key";

export function openid(language) {
  const words = WORDS[language];
  const named = (claim) => `${claim}_${language}`;
  return async ({ claims, stage, browser, looks, provider }) => {
    const look = (page, view) => looks.at(page, `${view} (${language})`);
    const open = () => browser.open(stage.url, { beside: provider.url, javaScriptEnabled: false });
    const main = (page) => page.locator("main").innerText();
    const path = (page) => new URL(page.url()).pathname;
    const isAt = (page, wanted) => page.waitForURL(stage.url + wanted);
    const isAtProvider = (page) => page.waitForURL((url) => url.origin === provider.url);

    // Opens a page that only its owner sees, and is led to the provider instead.
    const begin = async (page, wanted) => {
      await go(page, wanted);
      equal(path(page), "/signin", "where somebody is who is not signed in");
      await press(page, words.signIn);
      await isAtProvider(page);
    };
    const signIn = async (page, account, by = BY_PASSWORD) => {
      await page.getByLabel("Account").fill(account);
      await press(page, by);
    };
    const isSignedOut = async (page) => {
      await go(page, "/me/history");
      equal(path(page), "/signin", "where a page leads that only its owner sees");
    };
    // Somebody of the company, who has an account at the provider.
    const someone = (hasApp, groups) => {
      const person = stage.person({ hasApp });
      provider.add(person.id, groups);
      return person;
    };

    await claims.check(named("a_person_signs_in_by_the_companys_provider_and_lands_where_they_wanted_to_go"), async () => {
      const person = someone(true);
      const page = await open();
      await begin(page, "/me/history");
      const { state, nonce, code_challenge_method: method } = provider.asked;
      equal(Boolean(state && nonce) && method, "S256", "what the provider was asked with");
      await signIn(page, person.id);
      await isAt(page, "/me/history");
      await go(page, "/me/settings");
      has(await page.locator("body").innerText(), person.name, "the page of who is signed in");
    });

    await claims.check(named("the_way_to_the_provider_is_a_page_that_everybody_can_follow"), async () => {
      const page = await open();
      await go(page, "/signin");
      await look(page, "sign-in, with a provider");
      // Nothing comes of being led on, so that the page stays.
      await page.route(`${provider.url}/**`, (route) => route.fulfill({ status: 204 }));
      await press(page, words.signIn);
      const link = page.locator("main a").first();
      equal((await link.getAttribute("href")).startsWith(`${provider.url}/auth?`), true, "whether there is a link");
      await look(page, "sign-in, on to the provider");
    });

    await claims.check(named("who_is_unknown_here_is_told_so_and_is_not_signed_in"), async () => {
      provider.add("a-stranger", [ANALYSTS]);
      const page = await open();
      await begin(page, "/me/history");
      await signIn(page, "a-stranger", BY_KEY);
      await page.waitForURL((url) => url.origin === stage.url);
      has(await main(page), words.unknown, "the page for a stranger");
      await look(page, "sign-in, unknown");
      await isSignedOut(page);
    });

    await claims.check(named("cancelling_at_the_provider_signs_nobody_in"), async () => {
      const page = await open();
      await begin(page, "/me/history");
      await press(page, "Cancel");
      await page.waitForURL((url) => url.origin === stage.url);
      has(await main(page), words.cancelled, "the page after going back");
      await look(page, "sign-in, cancelled");
      await isSignedOut(page);
    });

    await claims.check(named("a_callback_that_another_browser_began_signs_nobody_in"), async () => {
      const person = someone(true);
      const page = await open();
      await begin(page, "/me/history");
      const callback = await heldCallback(page, stage.url, { account: person.id, by: "password" });
      const other = await open();
      await other.goto(callback);
      await look(other, "sign-in, a callback from elsewhere");
      await isSignedOut(other);
      // It was a good one.
      await page.goto(callback);
      await isAt(page, "/me/history");
    });

    await claims.check(named("who_is_an_analyst_to_the_provider_finds_the_console"), async () => {
      const [person, analyst] = [someone(true), someone(true, [ANALYSTS])];
      for (const [who, status] of [[person, 403], [analyst, 200]]) {
        const page = await open();
        await begin(page, "/console/cases");
        await signIn(page, who.id);
        await isAt(page, "/console/cases");
        equal((await go(page, "/console/cases")).status(), status, "the status of the console");
      }
    });

    await claims.check(named("a_person_without_a_factor_sets_up_their_first_one_after_signing_in_afresh"), async () => {
      const person = someone(false);
      const page = await open();
      await begin(page, "/me/ways");
      await signIn(page, person.id, BY_KEY);
      await isAt(page, "/me/ways");
      equal(await page.getByRole("button", { name: words.addApp }).count(), 0, "ways to add one");
      await look(page, "ways, none yet, with a provider");
      await press(page, words.afresh);
      // They are signed in at the provider, and are asked nevertheless.
      await isAtProvider(page);
      equal(provider.asked.max_age, "0", "the age that a sign-in may have");
      equal(provider.asked.prompt, "login", "what the provider is to do");
      equal(provider.asked.acr_values, STRONG, "how they are to sign in");
      await signIn(page, person.id, BY_KEY);
      await isAt(page, "/me/ways");
      await look(page, "ways, signed in afresh");
      await press(page, words.addApp);
      await page.waitForURL(/\/me\/ways\/add\/totp/);
      await page.locator("#code").fill(totp(await page.locator("span.code").innerText()));
      await page.locator('form[action="/me/ways/add/totp"] button').click();
      await page.waitForURL(/\/me\/ways\?now=added/);
      has(await main(page), words.added, "the ways to prove");
    });

    await claims.check(named("signing_in_afresh_by_a_mere_password_sets_up_nothing"), async () => {
      const person = someone(false);
      const page = await open();
      await begin(page, "/me/ways");
      await signIn(page, person.id);
      await isAt(page, "/me/ways");
      await press(page, words.afresh);
      await isAtProvider(page);
      await signIn(page, person.id);
      await page.waitForURL((url) => url.origin === stage.url);
      await look(page, "ways, signed in afresh by a password");
      await go(page, "/me/ways");
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
