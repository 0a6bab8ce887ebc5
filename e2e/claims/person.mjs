// What a person who is asked can do, and what comes of it.

import { enrolPasskey, go, heading, press, signInByLink } from "../lib/browser.mjs";
import { equal, has } from "../lib/claims.mjs";

// With an independence window of 0 s and phones that can be reached.
export async function person({ claims, stage, browser, looks }) {
  await claims.check("a_link_signs_in_only_when_its_button_is_pressed_and_only_once", async () => {
    const page = await browser.open(stage.url);
    const someone = stage.person({ hasApp: true });
    await page.goto(someone.link);
    await page.goto(someone.link);
    await looks.at(page, "link");
    await press(page, "Sign me in");
    await page.waitForURL((url) => !url.pathname.startsWith("/signin"));
    const other = await browser.open(stage.url);
    await other.goto(someone.link);
    has(await heading(other), "no longer good", "the used link");
    await looks.at(other, "used link");
  });

  await claims.check("it_was_me_with_a_passkey_closes_the_case_as_verified", async () => {
    const page = await browser.open(stage.url);
    const someone = stage.person({ hasApp: false });
    await looks.at(await signedOut(browser, stage), "sign-in");
    await signInByLink(page, someone);
    await looks.at(page, "ways, none yet");
    await go(page, "/");
    await looks.at(page, "now, nothing waits");
    await enrolPasskey(page);
    await looks.at(page, "ways, a passkey");
    const id = await stage.raise(someone, "new_network");
    await stage.untilAsked(id);
    await go(page, "/");
    await looks.at(page, "now, a question waits");
    await page.locator(`a[href="/ask/${id}"]`).first().click();
    equal(await heading(page), "Was this you?", "the heading");
    await looks.at(page, "question, asked");
    await press(page, "It was me");
    await looks.at(page, "question, claimed");
    await page.getByLabel("What were you doing?").fill("Working from a café.");
    await press(page, "Prove it with a passkey");
    const ceremony = page.locator('form[data-passkey="get"] button');
    await ceremony.waitFor();
    await looks.at(page, "question, passkey");
    await ceremony.click();
    const closed = await stage.until(id, "closed", "verified");
    equal(closed.proof.method, "passkey", "the proof");
    await page.getByRole("heading", { name: "Done" }).waitFor();
    await looks.at(page, "question, verified");
    await go(page, "/me/history");
    await looks.at(page, "history");
    await go(page, "/me/settings");
    await looks.at(page, "settings");
    await signInAgainByPasskey(page, someone, looks);
  });

  await claims.check("not_me_pages_the_security_team_at_the_click", async () => {
    const page = await browser.open(stage.url);
    const someone = stage.person({ hasApp: false });
    await signInByLink(page, someone);
    const id = await stage.raise(someone, "access_key");
    await stage.untilAsked(id);
    await go(page, `/ask/${id}`);
    await press(page, "Not me");
    await stage.until(id, "escalated", "denied");
    await stage.untilPaged(id);
    await page.getByRole("heading", { name: "The security team knows" }).waitFor();
    await looks.at(page, "question, denied");
  });

  await claims.check("a_code_typed_into_the_phone_closes_the_case_as_verified", async () => {
    const page = await browser.open(stage.url);
    const someone = stage.person({ hasApp: true });
    await signInByLink(page, someone);
    const id = await stage.raise(someone, "new_network");
    await stage.untilAsked(id);
    await go(page, `/ask/${id}`);
    await press(page, "It was me");
    await press(page, "Prove it with my phone");
    const code = page.locator(".match");
    await code.waitFor();
    const digits = (await code.innerText()).replaceAll(/\D/g, "");
    equal(digits.length >= 6, true, "a code of six digits or more");
    await looks.at(page, "question, phone");
    equal(await stage.typeIntoPhone(someone, digits), true, "whether the phone takes the code");
    const closed = await stage.until(id, "closed", "verified");
    equal(closed.proof.method, "duo", "the proof");
    await page.getByRole("heading", { name: "Done" }).waitFor();
  });

  await claims.check("a_question_can_be_answered_and_proven_without_scripts", async () => {
    const page = await browser.open(stage.url, { javaScriptEnabled: false });
    const someone = stage.person({ hasApp: true });
    await signInByLink(page, someone);
    const id = await stage.raise(someone, "mail_access");
    await stage.untilAsked(id);
    await go(page, "/");
    await page.locator(`a[href="/ask/${id}"]`).first().click();
    await press(page, "It was me");
    await press(page, "Prove it with a code from my app");
    await page.getByLabel("Code from your authenticator app").fill(await stage.code(someone));
    await press(page, "Prove it");
    const closed = await stage.until(id, "closed", "verified");
    equal(closed.proof.method, "totp", "the proof");
    await page.getByRole("heading", { name: "Done" }).waitFor();
  });

  await claims.check("a_proof_is_shown_only_to_the_session_that_began_it", async () => {
    const page = await browser.open(stage.url);
    const someone = stage.person({ hasApp: true });
    await signInByLink(page, someone);
    const id = await stage.raise(someone, "mass_clone");
    await stage.untilAsked(id);
    await go(page, `/ask/${id}`);
    await looks.at(page, "question, asked about many");
    await press(page, "It was me");
    await press(page, "Prove it with a code from my app");
    await looks.at(page, "question, code");
    const other = await browser.open(stage.url);
    await go(other, "/signin");
    const form = other.locator('form[action="/signin/code"]');
    await other.getByText("Sign in with a code from your authenticator app").click();
    await form.getByLabel("Your work e-mail address").fill(someone.email);
    await form.getByLabel("Code", { exact: true }).fill(await stage.code(someone));
    await form.getByRole("button").click();
    await other.waitForURL((url) => !url.pathname.startsWith("/signin"));
    await go(other, `/ask/${id}`);
    has(await other.locator("main").innerText(), "in another window", "the other session");
    equal(await other.locator('input[name="challenge"]').count(), 0, "forms to end it with");
    await looks.at(other, "question, proof elsewhere");
  });

  await claims.check("the_first_page_of_a_person_weighs_under_60_kB", async () => {
    const page = await browser.open(stage.url);
    const someone = stage.person({ hasApp: false });
    await signInByLink(page, someone);
    await stage.untilAsked(await stage.raise(someone, "new_network"));
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.setCacheDisabled", { cacheDisabled: true });
    let bytes = 0;
    session.on("Network.loadingFinished", (loaded) => (bytes += loaded.encodedDataLength));
    await page.goto(`${stage.url}/`, { waitUntil: "networkidle" });
    if (bytes === 0 || bytes >= 60_000) throw new Error(`it weighs ${bytes} bytes`);
  });

  await claims.check("a_code_of_ours_is_known_on_the_check_page_and_another_is_not", async () => {
    const page = await browser.open(stage.url);
    const someone = stage.person({ hasApp: false });
    const id = await stage.raise(someone, "new_network");
    await stage.untilAsked(id);
    const { question } = await stage.case(id);
    const type = async (code) => {
      await go(page, "/check");
      await page.getByLabel("Code in the message").fill(code);
      await press(page, "Check it");
      return page.locator("main").innerText();
    };
    await go(page, "/check");
    await looks.at(page, "check");
    has(await type(question.code), "is ours", "the page for a code of ours");
    await looks.at(page, "check, ours");
    has(await type("ZZZ-ZZZ"), "not ours", "the page for another code");
    await looks.at(page, "check, not ours");
  });
}

// With an independence window of 72 h and no phones.
export async function unprovable({ claims, stage, browser, looks }) {
  await claims.check("a_passkey_enrolled_after_the_window_began_proves_nothing", async () => {
    const page = await browser.open(stage.url);
    const someone = stage.person({ hasApp: false });
    await signInByLink(page, someone);
    await enrolPasskey(page);
    await looks.at(page, "ways, too new");
    const id = await stage.raise(someone, "new_network");
    await stage.untilAsked(id);
    await go(page, `/ask/${id}`);
    await press(page, "It was me");
    await stage.until(id, "escalated", "unprovable");
    await stage.untilPaged(id);
    await page.getByRole("heading", { name: "The security team has it" }).waitFor();
    await looks.at(page, "question, unprovable");
  });
}

async function signedOut(browser, stage) {
  const page = await browser.open(stage.url);
  await go(page, "/signin");
  return page;
}

async function signInAgainByPasskey(page, someone, looks) {
  await press(page, "Sign out");
  await page.getByText("You are signed out.").waitFor();
  await page.locator("#passkey-email").fill(someone.email);
  await press(page, "Sign in with a passkey");
  await page.locator('form[data-passkey="get"] button').waitFor();
  await looks.at(page, "sign-in, passkey");
  await page.locator('form[data-passkey="get"] button').click();
  await page.waitForURL((url) => !url.pathname.startsWith("/signin"));
}

