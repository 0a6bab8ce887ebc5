// What an analyst sees and does in the console.

import { go, heading, press, signInByCode } from "../lib/browser.mjs";
import { equal, has } from "../lib/claims.mjs";

export async function analyst({ claims, stage, browser, looks }) {
  const page = await browser.open(stage.url);

  await claims.check("an_analyst_signs_in_by_code_and_finds_the_denied_case_in_the_queue", async () => {
    await signInByCode(page, stage.analyst, await stage.code(stage.analyst));
    await go(page, "/console");
    await looks.at(page, "console, queue");
    await go(page, "/console/cases?state=all");
    await looks.at(page, "console, all cases");
    await go(page, "/console/cases?state=escalated");
    await page.locator("tr[data-row] a").first().click();
    has(await page.locator("main").innerText(), "Story", "the case");
    await looks.at(page, "console, case");
  });

  await claims.check("the_queue_is_walked_by_keys", async () => {
    await go(page, "/console/cases?state=all");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    const second = page.locator("tr[data-row]").nth(1).locator("a").first();
    equal(await second.evaluate((link) => link === document.activeElement), true, "whether the second row has the focus");
    await page.keyboard.press("?");
    await page.locator("dialog#keys[open]").waitFor();
    await looks.at(page, "console, keys");
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    equal(await page.evaluate(() => document.activeElement.id), "text", "what has the focus");
  });

  await claims.check("a_new_case_is_announced_in_a_count_that_moves_nothing", async () => {
    await go(page, "/console/cases?state=all");
    const first = page.locator("tr[data-row]").first();
    const before = { at: await first.boundingBox(), id: await first.getAttribute("data-row") };
    await page.locator("#text").focus();
    const id = await stage.raise(stage.person({ hasApp: true }), "new_network");
    const news = page.locator("#news");
    await news.waitFor({ state: "visible" });
    has(await news.innerText(), "1 new case", "the count");
    equal(JSON.stringify(await first.boundingBox()), JSON.stringify(before.at), "where the first row is");
    equal(await first.getAttribute("data-row"), before.id, "which the first row is");
    equal(await page.evaluate(() => document.activeElement.id), "text", "what has the focus");
    await looks.at(page, "console, a new case");
    await news.click();
    await page.waitForURL(/state=all/);
    equal(await page.locator("tr[data-row]").first().getAttribute("data-row"), id, "the new case");
  });

  await claims.check("an_analyst_asks_somebody_by_hand_and_the_case_says_who_asked", async () => {
    const someone = stage.person({ hasApp: false });
    await go(page, "/console/ask");
    await looks.at(page, "console, ask");
    await page.getByLabel("Whom").fill(someone.email);
    await page.getByLabel("What happened, in one line").fill("A new token for the build server");
    await press(page, /^Ask$/);
    await page.waitForURL(/\/console\/cases\/case_/);
    has(await heading(page), "build server", "the case");
    const id = new URL(page.url()).pathname.split("/").pop();
    await stage.untilAsked(id);
    has((await stage.case(id)).asked_by ?? "", "person:", "the one who asked");
  });

  await claims.check("an_analyst_takes_a_case_and_closes_it_as_an_attack", async () => {
    await go(page, "/console/cases?state=escalated");
    await page.locator("tr[data-row] a").first().click();
    const id = new URL(page.url()).pathname.split("/").pop();
    await press(page, "Take this case");
    await looks.at(page, "console, case taken");
    await page.getByLabel("An attack").check();
    await page.getByRole("textbox", { name: "Why" }).fill("The person was on a train without a phone.");
    await press(page, "Close the case");
    await stage.until(id, "closed", "malicious");
    await looks.at(page, "console, case closed");
  });

  await claims.check("every_other_page_of_the_console_can_be_read", async () => {
    for (const path of ["/console/dead-letters", "/console/health", "/me/ways", "/me/prove"]) {
      await go(page, path);
      await looks.at(page, path);
    }
    await go(page, "/console/cases?state=all");
    await page.locator("tr[data-row] a").first().click();
    await page.locator("a[href^='/console/people/']").click();
    has(await page.locator("main").innerText(), "Ways to prove", "the person");
    await looks.at(page, "console, person");
    await go(page, "/console/cases/case_00000000000000000000000000");
    await looks.at(page, "a page that is not there");
  });
}
