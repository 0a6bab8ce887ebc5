// The smallest runner that will do: claims one after another, and a line for each.

export class Claims {
  passed = 0;
  failed = 0;

  async check(claim, prove) {
    const start = Date.now();
    try {
      await prove();
      this.passed += 1;
      console.log(`ok      ${claim} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
    } catch (error) {
      this.failed += 1;
      console.log(`FAILED  ${claim}\n        ${String(error.stack ?? error).replaceAll("\n", "\n        ")}`);
    }
  }
}

export function equal(is, should, what) {
  if (is !== should) throw new Error(`${what} is ${JSON.stringify(is)}, not ${JSON.stringify(should)}`);
}

export function none(list, what) {
  if (list.length > 0) throw new Error(`${list.length} ${what}:\n${list.join("\n")}`);
}

export function has(text, part, what) {
  if (!text.includes(part)) throw new Error(`${what} says nothing of ${JSON.stringify(part)}: ${JSON.stringify(text)}`);
}
