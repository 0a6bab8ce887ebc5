// Debian's Chromium, and a watch over every page that it opens.

import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PATIENCE_MS = 15_000;

export const hasBrowser = () => existsSync(CHROMIUM);

// Launches it; `watch.violations` and `watch.errors` hold what went wrong on any page.
export async function launch() {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  return new Browser(browser);
}

class Browser {
  constructor(browser) {
    this.browser = browser;
    this.violations = [];
    this.errors = [];
    this.unguarded = [];
    this.elsewhere = [];
    this.pages = 0;
  }

  // A fresh window with a session of its own. Pages may lead it to `beside`, a provider's.
  async open(origin, { beside, ...options } = {}) {
    const context = await this.browser.newContext({
      viewport: { width: 1280, height: 900 },
      locale: "en-GB",
      timezoneId: "Europe/Berlin",
      reducedMotion: "reduce",
      ...options,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    await context.exposeBinding("tellViolation", (_, violation) => void this.violations.push(violation));
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        window.tellViolation(`${document.location.pathname}: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
      });
    });
    const page = await context.newPage();
    page.origin = origin;
    this.#watch(page, origin, beside);
    return page;
  }

  close() {
    return this.browser.close();
  }

  #watch(page, origin, beside) {
    const isOurs = (url) => url.startsWith(`${origin}/`);
    const isBeside = (url) => beside !== undefined && url.startsWith(`${beside}/`);
    page.on("console", (message) => {
      // A refused form is answered with a 4xx page, and says so in the console.
      const isStatus = message.text().startsWith("Failed to load resource: the server responded");
      if (message.type() === "error" && !isStatus) this.errors.push(`${page.url()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.errors.push(`${page.url()}: ${error.message}`));
    page.on("request", (request) => {
      const url = request.url();
      const isLedThere = isBeside(url) && request.isNavigationRequest();
      if (!isOurs(url) && !isLedThere && !url.startsWith("data:")) this.elsewhere.push(url);
    });
    page.on("response", async (response) => {
      if (isBeside(response.url())) return;
      const headers = response.headers();
      if (!(headers["content-type"] ?? "").startsWith("text/html")) return;
      this.pages += 1;
      const policy = headers["content-security-policy"] ?? "";
      const isStrict = policy.includes("default-src 'none'") && !policy.includes("unsafe-");
      if (!isStrict) this.unguarded.push(response.url());
    });
  }
}

// A device that can hold passkeys and whose owner is always there.
export async function addAuthenticator(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

export const go = (page, path) => page.goto(page.origin + path);
export const press = (page, name) => page.getByRole("button", { name }).first().click();
export const heading = (page) => page.locator("h1").innerText();

// In whichever language the page speaks.
export async function signInByLink(page, person) {
  await page.goto(person.link);
  await page.locator('form[action^="/signin/link/"] button').click();
  await page.waitForURL((url) => !url.pathname.startsWith("/signin"));
}

export async function signInByCode(page, person, code) {
  await go(page, "/signin");
  const form = page.locator('form[action="/signin/code"]');
  const box = form.locator('input[name="email"]');
  if (!(await box.isVisible())) await page.locator("details", { has: form }).locator("summary").click();
  await box.fill(person.email);
  await form.locator('input[name="code"]').fill(code);
  await form.getByRole("button").click();
  await page.waitForURL((url) => !url.pathname.startsWith("/signin"));
}

export async function enrolPasskey(page) {
  await addAuthenticator(page);
  await go(page, "/me/ways");
  await press(page, "Add a passkey");
  await page.locator('form[data-passkey="create"] button').click();
  await page.waitForURL(/\/me\/ways\?now=added/);
}
