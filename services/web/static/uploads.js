// Uploading from the library: the picker, the drop on the window, the panel with a row for each file.

import { DIRECT_BYTES, DirectUpload } from "./direct.js";
import { acceptDrops } from "./drops.js";
import { forget, keep, keptFor } from "./kept.js";
import { newIdempotencyKey, upload } from "./upload.js";

const AT_ONCE = 3;
const CHECK_MS = 15_000;
/** How long another page may take to let go of an upload that this one would go on with: one that is just being left. */
const TAKE_OVER_MS = 2_000;
const STATE_WORDS = {
  waiting: "Waiting",
  uploading: "Uploading",
  paused: "No network",
  checking: "Checking",
  lost: "Interrupted",
  processing: "Processing",
  ready: "Ready",
  failed: "Failed",
};
const SENDING = ["uploading", "paused", "checking"];

export function startUploads() {
  const panel = document.getElementById("uploads");
  if (!panel) return;
  const uploads = new Uploads(panel);
  const picker = document.getElementById("file-input");
  picker.addEventListener("change", () => {
    uploads.add([...picker.files]);
    picker.value = "";
  });
  acceptDrops((files, skipped) => uploads.add(files, skipped));
  uploads.resume();
  document.addEventListener("image-event", ({ detail }) => uploads.heard(detail.kind, detail.event));
}

class Uploads {
  constructor(panel) {
    this.panel = panel;
    this.list = panel.querySelector("#upload-list");
    this.picker = document.getElementById("file-input");
    this.privately = document.getElementById("upload-private");
    this.rowTemplate = document.getElementById("upload-row");
    this.summary = panel.querySelector("[data-uploads-summary]");
    this.total = panel.querySelector("[data-uploads-progress]");
    this.fold = panel.querySelector("[data-action=fold-uploads]");
    this.closer = panel.querySelector("[data-action=close-uploads]");
    this.jobs = [];
    this.byImage = new Map();
    this.settled = new Map(); // image id → the last event that came before its upload's answer
    this.skipped = 0;
    this.drawing = false;
    this.fold.addEventListener("click", () => this.setFolded(!this.panel.classList.contains("folded")));
    this.closer.addEventListener("click", () => this.clear());
    this.list.addEventListener("click", (event) => {
      const action = event.target.closest("[data-action]")?.dataset.action;
      const job = event.target.closest(".upload")?.job;
      if (action === "retry-upload") this.retry(job);
      if (action === "cancel-upload") this.cancel(job);
    });
    window.addEventListener("beforeunload", (event) => {
      // What is kept goes on when somebody comes back.
      const atStake = (job) => !job.kept && (job.state === "waiting" || SENDING.includes(job.state));
      if (this.jobs.some(atStake)) event.preventDefault();
    });
    setInterval(() => this.checkQuietOnes(), CHECK_MS);
  }

  add(files, skipped = 0) {
    this.skipped += skipped;
    const maxBytes = Number(this.panel.dataset.maxBytes);
    const visibility = this.privately.checked ? "private" : "public";
    for (const file of files) {
      const lost = this.jobs.find((job) => job.state === "lost" && isSame(job.file, file));
      if (lost) {
        lost.file = file;
        this.start(lost);
        continue;
      }
      const job = this.newJob({ file, key: newIdempotencyKey(), visibility });
      // A courtesy that saves the way: the api refuses it by itself.
      if (file.size > maxBytes) this.fail(job, `It has ${sizeWords(file.size)}, and the limit is ${maxBytes / 2 ** 20} MiB.`, false);
      else if (file.size === 0) this.fail(job, "The file is empty.", false);
      else if (job.direct) keep({ key: job.key, owner: this.panel.dataset.user, visibility, file }).then((kept) => (job.kept = kept));
    }
    if (skipped > 0) this.show();
    this.startSome();
    this.draw();
  }

  /** Goes on with what was under way when the page was left. */
  async resume() {
    for (const { key, visibility, file, name, size, lastModified } of await keptFor(this.panel.dataset.user)) {
      // Another page of this browser may be at it.
      if (await isHeld(key)) continue;
      const job = this.newJob({ file: file ?? { name, size, lastModified }, key, visibility });
      job.kept = true;
      if (!file) this.lose(job);
    }
    this.startSome();
  }

  newJob({ file, key, visibility }) {
    const row = this.rowTemplate.content.firstElementChild.cloneNode(true);
    const job = { file, row, key, visibility, state: "waiting", fraction: 0, imageId: null, since: 0, kept: false };
    job.direct = file.size > DIRECT_BYTES;
    row.job = job;
    row.querySelector(".upload-name").textContent = file.name;
    row.querySelector(".upload-name").title = file.name;
    row.querySelector(".upload-size").textContent = sizeWords(file.size);
    row.querySelector(".upload-progress").setAttribute("aria-label", `Upload of ${file.name}`);
    row.querySelector("[data-action=cancel-upload]").setAttribute("aria-label", `Cancel the upload of ${file.name}`);
    this.list.append(row);
    this.jobs.push(job);
    this.show();
    return job;
  }

  show() {
    this.panel.hidden = false;
    document.body.classList.add("has-uploads");
  }

  startSome() {
    let running = this.jobs.filter((job) => SENDING.includes(job.state)).length;
    for (const job of this.jobs) {
      if (running >= AT_ONCE) return;
      if (job.state !== "waiting") continue;
      running += 1;
      this.set(job, "uploading");
      if (job.direct) whileHeld(job.key, () => this.runDirect(job));
      else this.run(job);
    }
  }

  async run(job) {
    job.ending = new AbortController();
    job.cancel = () => job.ending.abort();
    const { image, problem, canRetry, cancelled } = await upload(job, (fraction) => this.progress(job, fraction), job.ending.signal);
    if (problem) this.fail(job, problem, canRetry);
    else if (!cancelled) this.accepted(job, image);
    this.startSome();
  }

  async runDirect(job) {
    const direct = new DirectUpload(job, {
      progress: (fraction) => this.progress(job, fraction),
      state: (state) => job.state !== state && this.set(job, state),
    });
    job.cancel = () => direct.cancel();
    const { imageId, problem, canRetry, isOver, cancelled } = await direct.run();
    if (imageId || isOver || cancelled) forget(job.key);
    if (imageId) {
      this.accepted(job, { id: imageId, state: "queued" });
      this.check(job);
    } else if (problem) {
      // What is over has its outcome under this key.
      if (isOver) job.key = newIdempotencyKey();
      if (await isReadable(job.file)) this.fail(job, problem, canRetry);
      else this.lose(job);
    }
    this.startSome();
  }

  progress(job, fraction) {
    job.fraction = fraction;
    if (SENDING.includes(job.state)) job.row.querySelector(".upload-progress").value = fraction;
    this.draw();
  }

  accepted(job, image) {
    job.imageId = image.id;
    job.fraction = 1;
    job.file = { name: job.file.name, size: job.file.size };
    this.byImage.set(image.id, job);
    this.follow(job, image);
    // The worker may have been faster than the answer.
    const known = this.settled.get(image.id);
    if (known && job.state === "processing") this.follow(job, known);
    this.settled.delete(image.id);
  }

  /** The browser does not have the file any more: whoever has it may choose it again. */
  lose(job) {
    this.fail(job, "Choose the same file again: it goes on where it was.", true);
    this.set(job, "lost");
    const again = job.row.querySelector("[data-action=retry-upload]");
    again.textContent = "Choose file";
    again.hidden = false;
  }

  async cancel(job) {
    this.jobs = this.jobs.filter((other) => other !== job);
    job.row.remove();
    if (this.jobs.length === 0) this.clear();
    this.draw();
    forget(job.key);
    await (job.cancel ?? (() => job.direct && job.kept && new DirectUpload(job, {}).cancel()))();
    this.startSome();
  }

  /** What the image's state means for its row. */
  follow(job, image) {
    if (image.state === "ready") this.set(job, "ready");
    else if (image.state === "failed") this.fail(job, image.failure?.reason ?? "It could not be processed.", false);
    else this.set(job, "processing");
  }

  heard(kind, { image_id: id, image }) {
    if (!image || (kind !== "ready" && kind !== "failed" && kind !== "processing")) return;
    const job = this.byImage.get(id);
    if (job) {
      if (job.state === "processing") this.follow(job, image);
    } else if (kind !== "processing" && this.jobs.some((other) => SENDING.includes(other.state))) {
      this.settled.set(id, image);
    }
  }

  /** Asks after images of which nothing was heard for long, in case an event was lost on the way. */
  async checkQuietOnes() {
    const quiet = this.jobs.filter((job) => job.state === "processing" && Date.now() - job.since > CHECK_MS).slice(0, 4);
    for (const job of quiet) await this.check(job);
  }

  async check(job) {
    const response = await fetch(`/api/v1/images/${job.imageId}`).catch(() => null);
    if (job.state !== "processing") return;
    if (response?.ok) this.follow(job, await response.json());
    else if (response?.status === 404) this.set(job, "ready");
  }

  retry(job) {
    if (job.state === "lost") this.picker.click();
    else this.start(job);
  }

  start(job) {
    job.fraction = 0;
    const again = job.row.querySelector("[data-action=retry-upload]");
    again.textContent = "Try again";
    job.row.querySelector(".upload-problem").hidden = true;
    this.set(job, "waiting");
    this.startSome();
  }

  fail(job, words, canRetry) {
    const problem = job.row.querySelector(".upload-problem");
    problem.textContent = words;
    problem.hidden = false;
    this.set(job, "failed");
    job.row.querySelector("[data-action=retry-upload]").hidden = !canRetry;
  }

  set(job, state) {
    const { row } = job;
    job.state = state;
    job.since = Date.now();
    row.dataset.uploadState = state;
    row.querySelector(".upload-state").textContent = STATE_WORDS[state];
    row.querySelector("[data-action=retry-upload]").hidden = true;
    row.querySelector("[data-action=cancel-upload]").hidden = !["waiting", "uploading", "paused", "lost"].includes(state);
    const progress = row.querySelector(".upload-progress");
    if (state === "processing" || state === "checking") progress.removeAttribute("value");
    else progress.value = state === "ready" ? 1 : job.fraction;
    const name = row.querySelector(".upload-name");
    if (job.imageId && !name.querySelector("a")) {
      const link = document.createElement("a");
      link.href = `/images/${job.imageId}`;
      link.textContent = job.file.name;
      name.replaceChildren(link);
    }
    this.draw();
  }

  draw() {
    // Progress comes in hundreds of events a second; eyes have one screen.
    if (this.drawing) return;
    this.drawing = true;
    setTimeout(() => {
      this.drawing = false;
      this.drawSummary();
    }, 100);
  }

  drawSummary() {
    const count = (...states) => this.jobs.filter((job) => states.includes(job.state)).length;
    const all = this.jobs.length;
    const busy = count("waiting", ...SENDING, "processing");
    const failed = count("failed", "lost");
    const bytes = this.jobs.reduce((sum, job) => sum + job.file.size, 0);
    const sent = this.jobs.reduce((sum, job) => sum + job.file.size * (job.state === "failed" ? 1 : job.fraction), 0);
    const parts = [busy ? `${count("ready")} of ${all} ready` : `${all - failed} of ${all} ready`];
    if (failed) parts.push(`${failed} failed`);
    if (this.skipped) parts.push(`${this.skipped} other ${this.skipped === 1 ? "file" : "files"} left out`);
    this.panel.querySelector("#uploads-title").textContent = busy ? "Adding images" : failed ? "Done, with problems" : "All added";
    const words = parts.join(" · ");
    if (this.summary.textContent !== words) this.summary.textContent = words;
    this.total.value = bytes ? sent / bytes : 1;
    this.total.hidden = !busy;
    this.panel.dataset.busy = String(busy > 0);
    this.closer.hidden = busy > 0;
  }

  setFolded(folded) {
    this.panel.classList.toggle("folded", folded);
    this.fold.setAttribute("aria-expanded", String(!folded));
    this.fold.setAttribute("aria-label", folded ? "Unfold the list" : "Fold the list");
  }

  clear() {
    this.jobs = [];
    this.skipped = 0;
    this.byImage.clear();
    this.settled.clear();
    this.list.replaceChildren();
    this.panel.hidden = true;
    document.body.classList.remove("has-uploads");
  }
}

function sizeWords(bytes) {
  if (bytes < 1e3) return `${bytes} bytes`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(0)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Whether the chosen file is the one that was interrupted, as far as can be told without reading it. */
function isSame(interrupted, chosen) {
  return ["name", "size", "lastModified"].every((property) => interrupted[property] === chosen[property]);
}

/** Whether the file is still what it was: the browser keeps a reference, and it may have been changed or removed. */
async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

const lockName = (key) => `tintype-upload-${key}`;

/** Acts as the one page of this browser that sends this upload. Without locks (they need https) two may: that is waste, no harm. */
function whileHeld(key, act) {
  return navigator.locks ? navigator.locks.request(lockName(key), act) : act();
}

async function isHeld(key) {
  try {
    const signal = AbortSignal.timeout(TAKE_OVER_MS);
    await navigator.locks?.request(lockName(key), { signal }, () => {});
    return false;
  } catch {
    return true;
  }
}
