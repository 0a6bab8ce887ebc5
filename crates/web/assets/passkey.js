"use strict";
// The ceremony of a passkey, the one thing here that cannot be done without a script.
//
// A form with `data-passkey="get"` (prove) or `"create"` (enrol) has the options in `data-options`,
// as the server wrote them. Pressing its button runs the ceremony, puts the result into the field
// `response` and sends the form as any form is sent. Nothing is remembered and nothing fetched.
(() => {
  const toBytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
  };
  const toText = (bytes) => {
    let plain = "";
    for (const byte of new Uint8Array(bytes)) plain += String.fromCharCode(byte);
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const withIds = (list) => (list || []).map((known) => ({ ...known, id: toBytes(known.id) }));

  const readGet = (options) => ({
    ...options,
    challenge: toBytes(options.challenge),
    allowCredentials: withIds(options.allowCredentials),
  });
  const readCreate = (options) => ({
    ...options,
    challenge: toBytes(options.challenge),
    user: { ...options.user, id: toBytes(options.user.id) },
    excludeCredentials: withIds(options.excludeCredentials),
  });

  const writeGet = (response) => ({
    authenticatorData: toText(response.authenticatorData),
    clientDataJSON: toText(response.clientDataJSON),
    signature: toText(response.signature),
    userHandle: response.userHandle ? toText(response.userHandle) : null,
  });
  const writeCreate = (response) => ({
    attestationObject: toText(response.attestationObject),
    clientDataJSON: toText(response.clientDataJSON),
    transports: response.getTransports ? response.getTransports() : undefined,
  });

  const ceremony = async (kind, options) => {
    const isNew = kind === "create";
    const credential = isNew
      ? await navigator.credentials.create({ publicKey: readCreate(options) })
      : await navigator.credentials.get({ publicKey: readGet(options) });
    return {
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      response: (isNew ? writeCreate : writeGet)(credential.response),
      extensions: credential.getClientExtensionResults(),
    };
  };

  // In the page's language, both side by side as in the pages themselves.
  const inWords = (english, german) => (document.documentElement.lang === "de" ? german : english);
  const words = (error) => {
    if (error.name === "InvalidStateError") {
      return inWords("This device has a passkey here already.", "Dieses Gerät hat hier schon einen Passkey.");
    }
    if (error.name === "SecurityError") {
      return inWords("This page's address does not allow passkeys.", "Die Adresse dieser Seite erlaubt keine Passkeys.");
    }
    return inWords(
      "That did not work, or took too long. Try again, or choose another way.",
      "Das hat nicht geklappt oder zu lange gedauert. Versuche es noch einmal, oder nimm einen anderen Weg.",
    );
  };

  const attach = (form) => {
    const say = (text) => {
      const place = form.querySelector("[data-passkey-message]");
      if (place) place.textContent = text;
    };
    const button = form.querySelector("button");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!window.PublicKeyCredential) {
        return say(inWords("This browser has no passkeys.", "Dieser Browser kann keine Passkeys."));
      }
      button.disabled = true;
      say(inWords("Follow your device.", "Folge deinem Gerät."));
      try {
        const options = JSON.parse(form.dataset.options).publicKey;
        const result = await ceremony(form.dataset.passkey, options);
        form.elements.namedItem("response").value = JSON.stringify(result);
        form.submit();
      } catch (error) {
        say(words(error));
        button.disabled = false;
      }
    });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) attach(form);
})();
