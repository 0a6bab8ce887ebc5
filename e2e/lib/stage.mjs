// A whole server between stand-ins for its vendors, and orders to them. The server is the real
// program; see `crates/testkit/src/stage.rs`.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createInterface } from "node:readline";

const PROGRAM = fileURLToPath(new URL("../../target/debug/stage", import.meta.url));
const PATIENCE_MS = 30_000;

// Starts one; `end()` ends all of it. The server sees the environment, too.
export async function startStage(args, environment = {}) {
  const options = { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...environment } };
  const child = spawn(process.env.COUNTERSIGN_STAGE ?? PROGRAM, args, options);
  const introduction = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", (line) => resolve(JSON.parse(line)));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the stage ended with ${code}`)));
  });
  return new Stage(child, introduction);
}

class Stage {
  constructor(child, { url, control, people }) {
    Object.assign(this, { child, url, control, people });
    this.analyst = people.find((person) => person.is_analyst);
    this.free = people.filter((person) => !person.is_analyst && person.link);
  }

  // Somebody whom no claim has used yet.
  person({ hasApp }) {
    const index = this.free.findIndex((person) => person.has_app === hasApp);
    if (index < 0) throw new Error("nobody is left who fits: give the stage more --links");
    return this.free.splice(index, 1)[0];
  }

  async raise(person, story) {
    return (await this.#order("/alerts", { slack: person.slack, story })).case;
  }

  // Sends records of devices, as an inventory would.
  async sendDevices(records) {
    const { accepted, rejected } = await this.#order("/devices", records);
    if (accepted !== records.length) throw new Error(`of ${records.length} devices ${accepted} were taken: ${JSON.stringify(rejected)}`);
  }

  case(id) {
    return this.#look(`/cases/${id}`);
  }

  async code(person, later = 0) {
    return (await this.#look(`/people/${person.slack}/code?later=${later}`)).code;
  }

  async typeIntoPhone(person, code) {
    return (await this.#order(`/people/${person.slack}/phone`, { code })).is_right;
  }

  // Waits until a case is so, and returns it.
  async until(id, state, reason) {
    const found = await this.#until(async () => {
      const found = await this.case(id);
      return found.state === state && found.reason === reason ? found : null;
    });
    if (found) return found;
    const is = await this.case(id);
    throw new Error(`the case is ${is.state} as ${is.reason}, not ${state} as ${reason}`);
  }

  // Waits until the question of a case can be answered.
  async untilAsked(id) {
    const asked = await this.#until(async () => ((await this.case(id)).state === "asking" ? true : null));
    if (!asked) throw new Error("the question was not put");
  }

  // Waits until the security team was paged about a case.
  async untilPaged(id) {
    const paged = await this.#until(async () => {
      const incidents = await this.#look("/incidents");
      return incidents.find((incident) => incident.is_open && JSON.stringify(incident.events).includes(id)) ?? null;
    });
    if (!paged) throw new Error("nobody was paged about the case");
    return paged;
  }

  async end() {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.stdin.end();
    await ended;
  }

  async #until(look) {
    const end = Date.now() + PATIENCE_MS;
    while (Date.now() < end) {
      const found = await look();
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return null;
  }

  async #order(path, body) {
    const headers = { "content-type": "application/json" };
    return read(await fetch(this.control + path, { method: "POST", headers, body: JSON.stringify(body) }));
  }

  async #look(path) {
    return read(await fetch(this.control + path));
  }
}

async function read(reply) {
  const text = await reply.text();
  if (!reply.ok) throw new Error(`the stage says: ${text}`);
  return text === "" ? null : JSON.parse(text);
}
