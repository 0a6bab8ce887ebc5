// Looks at a page as people see it: light and dark, on a phone and on a wide screen.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [390, 1280];
const SCHEMES = ["light", "dark"];
const HEIGHT = 900;
// What keeps somebody from using a page.
const GRAVE = new Set(["serious", "critical"]);

export class Looks {
  constructor() {
    this.findings = [];
    this.overflows = [];
    this.small = [];
    this.names = [];
  }

  // Notes what is wrong with a page, in every way of looking at it.
  async at(page, name) {
    this.names.push(name);
    for (const colorScheme of SCHEMES) {
      for (const width of WIDTHS) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: HEIGHT });
        const where = `${name} (${colorScheme}, ${width} px)`;
        await this.#axe(page, where);
        await this.#size(page, where, width);
      }
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: WIDTHS[1], height: HEIGHT });
  }

  async #axe(page, where) {
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    for (const { id, impact, help, nodes } of violations) {
      if (GRAVE.has(impact)) this.findings.push(`${where}: ${id}: ${help}: ${nodes.map((node) => node.target).join(", ")}`);
    }
  }

  async #size(page, where, width) {
    const { wide, small } = await page.evaluate(() => {
      const least = 44;
      const isShown = (element) => element.checkVisibility() && element.getBoundingClientRect().height > 0;
      const targets = [...document.querySelectorAll("main button, main summary, main input:not([type=hidden], [type=radio], [type=checkbox]), main select, main textarea")];
      const low = targets.filter((element) => isShown(element) && element.getBoundingClientRect().height < least - 0.5);
      return { wide: document.documentElement.scrollWidth, small: low.map((element) => element.outerHTML.slice(0, 80)) };
    });
    if (wide > width) this.overflows.push(`${where}: ${wide} px wide`);
    if (width === WIDTHS[0]) this.small.push(...small.map((target) => `${where}: ${target}`));
  }
}
