// Signs and verifies delivery paths of Tintype with Node alone, and checks that every test vector holds. Copy `sign` into
// a program of yours; docs/signing.md tells what it does and why.

import assert from "node:assert/strict";
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const refuse = (reason) => {
  throw new Error(reason);
};

/** The id, the options and the name of a path, as they are meant: cut at the slashes first, decoded then. */
function split(path) {
  const segments = path.split("/").slice(2);
  if (!/^\/i\/[^/?#]+\/[^/?#]+(\/[^/?#]+)?$/su.test(path)) refuse("not-a-delivery-path");
  const [id, options, ...name] = segments.map(decode);
  const pairs = options.split(",");
  for (const key of ["exp=", "kid=", "sig="]) {
    if (pairs.filter((pair) => pair.startsWith(key)).length > 1) refuse("repeated");
  }
  return { id, pairs, name };
}

function decode(segment) {
  let decoded;
  try {
    decoded = decodeURIComponent(segment);
  } catch {
    refuse("percent-encoding");
  }
  if (decoded.includes("/")) refuse("percent-encoding");
  return decoded;
}

function encode(segment) {
  return encodeURIComponent(segment).replace(/%(2[46BC]|3[ABD]|40)/g, decodeURIComponent);
}

function join({ id, pairs, name }, spelled = (segment) => segment) {
  return "/i/" + [id, pairs.join(","), ...name].map(spelled).join("/");
}

function mac(secret, message) {
  return createHmac("sha256", Buffer.from(secret, "base64url")).update(message, "utf8").digest();
}

export function sign(path, kid, secret, expiresAt = null) {
  const parts = split(path);
  const replaced = expiresAt === null ? ["kid=", "sig="] : ["exp=", "kid=", "sig="];
  const pairs = parts.pairs.filter((pair) => !replaced.some((key) => pair.startsWith(key)));
  if (expiresAt !== null) pairs.push(`exp=${expiresAt}`);
  pairs.push(`kid=${kid}`);
  const sig = mac(secret, join({ ...parts, pairs })).toString("base64url");
  return join({ ...parts, pairs: [...pairs, `sig=${sig}`] }, encode);
}

export function verify(path, keys) {
  const parts = split(path);
  const sig = parts.pairs.find((pair) => pair.startsWith("sig="));
  if (sig === undefined) refuse("missing");
  if (parts.pairs.pop() !== sig) refuse("not-last");
  if (!/^sig=[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(sig)) refuse("malformed");
  const kid = parts.pairs.find((pair) => pair.startsWith("kid="))?.slice(4);
  if (kid === undefined || !Object.hasOwn(keys, kid)) refuse("unknown-key");
  const found = Buffer.from(sig.slice(4), "base64url");
  if (!timingSafeEqual(found, mac(keys[kid], join(parts)))) refuse("wrong");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const vectors = JSON.parse(readFileSync(new URL("vectors.json", import.meta.url), "utf8"));
  for (const example of vectors.signed) {
    const signed = sign(example.path, example.kid, vectors.keys[example.kid], example.expires_at);
    assert.equal(signed, example.signed, example.about);
    const { pairs, ...parts } = split(signed);
    assert.equal(join({ ...parts, pairs: pairs.slice(0, -1) }), example.message, example.about);
    verify(signed, vectors.keys);
  }
  for (const example of vectors.refused) {
    assert.throws(() => verify(example.path, vectors.keys), { message: example.reason }, example.about);
  }
  console.log(`every vector holds: ${vectors.signed.length} signed, ${vectors.refused.length} refused`);
}
