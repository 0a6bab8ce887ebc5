// A real OpenID provider on this machine, as a company has one: one client, which must use PKCE,
// people who sign in by password or by security key, and nobody to ask for a consent.

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { Provider, interactionPolicy } from "oidc-provider";

const CLIENT = "countersign";
// How somebody signed in who used a security key, and who only knew a password.
export const STRONG = "urn:example:phr";
const WEAK = "urn:example:pwd";
// Whoever is in this group is an analyst, whatever the directory says.
export const ANALYSTS = "analysts-by-the-provider";
const SECRET = "OIDC_CLIENT_SECRET";
const CALLBACK = "http://localhost/signin/oidc/callback";
const FORM_BYTES_MAX = 4096;
const LIVES_S = 600;
const KINDS = ["AccessToken", "AuthorizationCode", "Grant", "IdToken", "Interaction", "Session"];

// Starts one on a free port; `end()` ends it.
export async function startOpenId() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${server.address().port}`;
  const openid = new OpenId(server, url);
  server.on("request", (request, reply) => void openid.answer(request, reply));
  return openid;
}

class OpenId {
  constructor(server, url) {
    this.server = server;
    this.url = url;
    this.secret = randomBytes(24).toString("hex");
    this.accounts = new Map();
    // What it was asked for when a browser was last sent to it.
    this.asked = {};
    this.provider = new Provider(url, this.#configuration());
    this.callback = this.provider.callback();
  }

  // What the server's configuration says of it.
  config() {
    return `[signin.oidc]
issuer = ${JSON.stringify(this.url)}
client_id = "${CLIENT}"
client_secret = { env = "${SECRET}" }
acr = ["${STRONG}"]
roles_claim = "groups"
roles = { analyst = ["${ANALYSTS}"] }
`;
  }

  // Where the server finds the secret.
  environment() {
    return { [SECRET]: this.secret };
  }

  // Makes an account, which is in these groups.
  add(account, groups = []) {
    this.accounts.set(account, groups);
  }

  async answer(request, reply) {
    try {
      const { pathname, searchParams } = new URL(request.url, this.url);
      if (pathname === "/auth") this.asked = Object.fromEntries(searchParams);
      if (!pathname.startsWith("/interaction/")) await this.callback(request, reply);
      else if (request.method === "GET") await this.#ask(request, reply);
      else await this.#finish(request, reply);
    } catch (error) {
      reply.writeHead(400, { "content-type": "text/plain" }).end(String(error));
    }
  }

  async end() {
    const ended = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await ended;
  }

  async #ask(request, reply) {
    const { uid } = await this.provider.interactionDetails(request, reply);
    reply.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" }).end(form(uid));
  }

  async #finish(request, reply) {
    const fields = new URLSearchParams(await body(request));
    const [account, by] = [fields.get("account"), fields.get("by")];
    const result = this.#result(account, by);
    await this.provider.interactionFinished(request, reply, result, { mergeWithLastSubmission: false });
  }

  #result(account, by) {
    if (by === "cancel") return { error: "access_denied", error_description: "They went back." };
    if (!this.accounts.has(account)) throw new Error(`there is no account ${account}`);
    return { login: { accountId: account, acr: by === "key" ? STRONG : WEAK, remember: true } };
  }

  #configuration() {
    const policy = interactionPolicy.base();
    policy.remove("consent");
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    return {
      clients: [
        {
          client_id: CLIENT,
          client_secret: this.secret,
          grant_types: ["authorization_code"],
          response_types: ["code"],
          redirect_uris: [CALLBACK],
          // Of these a loopback port is not compared (RFC 8252, 7.3): it is not known yet.
          application_type: "native",
        },
      ],
      adapter: Store,
      jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), alg: "RS256", use: "sig" }] },
      cookies: { keys: [randomBytes(24).toString("hex")] },
      pkce: { methods: ["S256"], required: () => true },
      acrValues: [STRONG, WEAK],
      scopes: ["openid", "profile", "email", "groups"],
      claims: { acr: null, auth_time: null, iss: null, sid: null, openid: ["sub", "groups"] },
      // As companies' providers do: groups stand in the id token.
      conformIdTokenClaims: false,
      findAccount: (_, account) => this.#account(account),
      loadExistingGrant: (context) => this.#consent(context),
      interactions: { policy, url: (_, { uid }) => `/interaction/${uid}` },
      features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
      ttl: Object.fromEntries(KINDS.map((kind) => [kind, LIVES_S])),
      renderError: (context, { error, error_description: why }) => {
        context.type = "text/plain";
        context.body = `${error}: ${why}`;
      },
    };
  }

  #account(account) {
    const groups = this.accounts.get(account);
    return groups && { accountId: account, claims: () => ({ sub: account, groups }) };
  }

  // Nobody is asked whether Countersign may know who they are.
  async #consent({ oidc }) {
    const grant = new this.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope(oidc.params.scope);
    await grant.save();
    return grant;
  }
}

// What the provider remembers of one kind of thing.
class Store {
  things = new Map();

  async upsert(id, thing) {
    this.things.set(id, thing);
  }

  async find(id) {
    return this.things.get(id);
  }

  async findByUid(uid) {
    return [...this.things.values()].find((thing) => thing.uid === uid);
  }

  async consume(id) {
    this.things.get(id).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    this.things.delete(id);
  }

  async revokeByGrantId(grantId) {
    for (const [id, thing] of this.things) if (thing.grantId === grantId) this.things.delete(id);
  }
}

const form = (uid) => `<!doctype html>
<html lang="en">
<title>Sign in to the company</title>
<h1>Sign in to the company</h1>
<form method="post" action="/interaction/${uid}">
<p><label>Account <input name="account" autocomplete="off"></label></p>
<button name="by" value="password">Sign in by password</button>
<button name="by" value="key">Sign in by security key</button>
<button name="by" value="cancel">Cancel</button>
</form>
</html>
`;

async function body(request) {
  let text = "";
  for await (const part of request) {
    text += part;
    if (text.length > FORM_BYTES_MAX) throw new Error("the form is too long");
  }
  return text;
}
