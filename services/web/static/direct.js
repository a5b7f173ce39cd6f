// A large file's way to the store: in parts, a few at a time, gone on with wherever it broke off.
//
// Beginning an upload under a key that was used before yields that upload, with the parts it has. So every start is a
// resumption: after a lost network, after a reload, on another day.

import { PASSING, parse, problemWords, retryAfter } from "./upload.js";

/** Files above this go in parts. */
export const DIRECT_BYTES = 8 * 1024 * 1024;

const PARTS_AT_ONCE = 3;
/** A part of which nothing was heard for so long is sent anew. */
const STALL_MS = 60_000;
const FIRST_WAIT_MS = 800;
const LONGEST_WAIT_MS = 30_000;
/** So many rounds in a row without a part that arrived, though the api answers: then the way to the store is broken. */
const FRUITLESS_ROUNDS = 8;

/** Ends an upload; a person may want it tried again, or not. */
class Refusal extends Error {
  constructor(words, canRetry) {
    super(words);
    this.canRetry = canRetry;
  }
}

/** Ends a round: the next may do better. */
class Broken extends Error {
  constructor({ wait_ms, reached = true } = {}) {
    super("the round broke off");
    this.wait_ms = wait_ms;
    this.reached = reached;
  }
}

export class DirectUpload {
  /**
   * `hear.progress(fraction)` hears how far it is, `hear.state(state)` whether it is "uploading", "paused" for want of a network,
   * or "checking".
   */
  constructor({ file, key, visibility }, hear) {
    this.file = file;
    this.key = key;
    this.promise = { file_name: file.name, size_bytes: file.size, visibility };
    this.hear = hear;
    this.id = null;
    this.stored = 0; // bytes that are there
    this.underWay = new Map(); // part number → bytes of it that were sent
    this.ending = new AbortController();
  }

  /** Resolves to `{ imageId }`, to `{ problem, canRetry, isOver }` or, after `cancel`, to `{ cancelled: true }`. */
  async run() {
    let fruitless = 0;
    for (let failures = 0; ; ) {
      const before = this.stored;
      try {
        return await this.round();
      } catch (error) {
        if (this.ending.signal.aborted) return { cancelled: true };
        if (error instanceof Refusal) return { problem: error.message, canRetry: error.canRetry, isOver: !error.canRetry };
        if (!(error instanceof Broken)) throw error;
        const progressed = this.stored > before;
        failures = progressed ? 1 : failures + 1;
        fruitless = progressed || !error.reached || navigator.onLine === false ? 0 : fruitless + 1;
        if (fruitless >= FRUITLESS_ROUNDS) {
          return { problem: "The store cannot be reached from here. What was sent is kept.", canRetry: true };
        }
        this.hear.state("paused");
        await this.pause(error.wait_ms ?? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1)) * (0.75 + Math.random() / 2));
        if (this.ending.signal.aborted) return { cancelled: true };
      }
    }
  }

  /** Ends it, here and at the api. */
  async cancel() {
    this.ending.abort();
    const { key, promise } = this;
    const id = this.id ?? (await ask("POST", "/api/v1/uploads", { key, body: promise })).body?.id;
    if (id) await ask("DELETE", `/api/v1/uploads/${id}`);
  }

  /** From what the api knows to the end, or to the first thing that goes wrong. */
  async round() {
    const { key, promise } = this;
    let upload = await this.answer("POST", "/api/v1/uploads", { key, body: promise });
    this.id = upload.id;
    if (upload.state === "open") {
      this.hear.state("uploading");
      await this.sendParts(upload);
      upload = await this.answer("POST", `/api/v1/uploads/${this.id}/complete`);
    }
    this.hear.progress(1);
    for (let wait_ms = 250; upload.state === "staged"; wait_ms = Math.min(wait_ms * 1.5, 5_000)) {
      this.hear.state("checking");
      await this.pause(wait_ms, { early: false });
      upload = await this.answer("GET", `/api/v1/uploads/${this.id}`);
    }
    if (upload.state === "accepted") return { imageId: upload.image_id };
    if (upload.state !== "refused") throw new Broken();
    // Under this key the answer would be the same for a day.
    return { problem: upload.refusal.reason, canRetry: upload.refusal.code === "gave-up", isOver: true };
  }

  async sendParts(upload) {
    this.stored = upload.parts.reduce((sum, part) => sum + (part.stored ? part.size_bytes : 0), 0);
    this.report();
    const left = upload.parts.filter((part) => !part.stored && part.url);
    let broken = null;
    const sender = async () => {
      // What is under way elsewhere is let go on: a part that arrives need not be sent again.
      while (left.length > 0 && !broken && !this.ending.signal.aborted) {
        const part = left.shift();
        const first = (part.number - 1) * upload.part_size_bytes;
        const failure = await this.sendPart(part, this.file.slice(first, first + part.size_bytes));
        this.underWay.delete(part.number);
        if (failure) broken = failure;
        else this.stored += part.size_bytes;
        this.report();
      }
    };
    await Promise.all(Array.from({ length: PARTS_AT_ONCE }, sender));
    if (this.ending.signal.aborted) throw new Broken();
    if (broken) throw broken;
    // More parts than had a URL.
    if (upload.parts.some((part) => !part.stored && !part.url)) throw new Broken({ wait_ms: 0 });
  }

  /** Resolves to nothing, or to what went wrong. */
  sendPart(part, bytes) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      const { signal } = this.ending;
      const stop = () => request.abort();
      let stalled = 0;
      const alive = () => {
        clearTimeout(stalled);
        stalled = setTimeout(stop, STALL_MS);
      };
      request.open("PUT", part.url);
      request.upload.onprogress = (event) => {
        alive();
        this.underWay.set(part.number, event.loaded);
        this.report();
      };
      request.onloadend = () => {
        clearTimeout(stalled);
        signal.removeEventListener("abort", stop);
        const { status } = request;
        if (status >= 200 && status < 300) resolve(null);
        else resolve(new Broken({ wait_ms: retryAfter(request), reached: status !== 0 || navigator.onLine !== false }));
      };
      signal.addEventListener("abort", stop);
      alive();
      request.send(bytes);
    });
  }

  report() {
    let sent = this.stored;
    for (const bytes of this.underWay.values()) sent += bytes;
    this.hear.progress(Math.min(sent / this.file.size, 1));
  }

  /** What the api answers; throws what else comes. */
  async answer(method, path, options) {
    const { status, body, wait_ms } = await ask(method, path, { ...options, signal: this.ending.signal });
    if (status >= 200 && status < 300 && body) return body;
    if (this.ending.signal.aborted) throw new Broken();
    // An upload that is gone, or whose parts are not all there, is begun or gone on with in the next round.
    const passes = PASSING.includes(status) || status === 500 || status === 404 || body?.code === "parts-missing";
    if (passes) throw new Broken({ wait_ms, reached: status !== 0 });
    throw new Refusal(problemWords(status, body), ![413, 415, 422].includes(status));
  }

  /** Waits; when the network comes back, no longer. */
  pause(wait_ms, { early = true } = {}) {
    return new Promise((resolve) => {
      const { signal } = this.ending;
      const done = () => {
        clearTimeout(timer);
        window.removeEventListener("online", done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      // Offline, as the browser says, there is nothing to try; it is not always right.
      const timer = setTimeout(done, early && navigator.onLine === false ? LONGEST_WAIT_MS : wait_ms);
      if (early) window.addEventListener("online", done);
      signal.addEventListener("abort", done);
    });
  }
}

/** Asks the api; status 0 where it was not reached. */
async function ask(method, path, { key, body, signal } = {}) {
  const headers = {};
  if (key) headers["Idempotency-Key"] = key;
  if (body) headers["Content-Type"] = "application/json";
  try {
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body), signal });
    const seconds = Number(response.headers.get("Retry-After"));
    const wait_ms = seconds > 0 ? Math.min(seconds, 30) * 1_000 : undefined;
    return { status: response.status, body: parse(await response.text()), wait_ms };
  } catch {
    return { status: 0, body: null };
  }
}
