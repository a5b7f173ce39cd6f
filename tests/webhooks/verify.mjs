// Verifies messages of Tintype's webhooks with Node alone, and checks that every test vector holds. Copy `verify` into a
// receiver of yours; docs/webhooks.md tells what it does and why.

import assert from "node:assert/strict";
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const TOLERANCE_S = 5 * 60;

const refuse = (reason) => {
  throw new Error(reason);
};

/** `secret` is whsec_…; `headers` as Node's http has them; `body` is the Buffer as it came, before any parsing. */
export function verify(secret, headers, body, nowS = Date.now() / 1000) {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures } = headers;
  if (!/^-?[0-9]+$/.test(timestamp)) refuse("timestamp");
  if (Math.abs(nowS - Number(timestamp)) > TOLERANCE_S) refuse("too-old-or-too-new");
  const mac = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
  const expected = Buffer.from(`v1,${mac}`);
  // There may be several, of which one must fit: while a secret is being changed, say.
  const fits = signatures.split(" ").some((text) => {
    const found = Buffer.from(text);
    return found.length === expected.length && timingSafeEqual(found, expected);
  });
  if (!fits) refuse("signature");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { messages } = JSON.parse(readFileSync(new URL("vectors.json", import.meta.url), "utf8"));
  for (const { secret, id, timestamp, signature, body, now_s: nowS, refused, about } of messages) {
    const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
    const check = () => verify(secret, headers, Buffer.from(body), nowS);
    if (refused === null) assert.doesNotThrow(check, about);
    else assert.throws(check, { message: refused }, about);
  }
  console.log(`every vector holds: ${messages.length} messages`);
}
