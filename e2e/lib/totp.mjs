// An authenticator app (RFC 6238): six digits, new every 30 seconds.

import { createHmac } from "node:crypto";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const STEP_MS = 30_000;
const DIGITS = 6;

// The code of a key as it stands in a page, in groups of letters.
export function totp(key, now = Date.now()) {
  const bits = [...key.replaceAll(/\s/g, "")].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / STEP_MS)));
  const hash = createHmac("sha1", secret).update(counter).digest();
  const word = hash.readUInt32BE(hash[hash.length - 1] & 0xf) & 0x7fff_ffff;
  return String(word % 10 ** DIGITS).padStart(DIGITS, "0");
}
