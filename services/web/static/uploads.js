// Uploading from the library: the picker, the drop on the window, the panel with a row for each file.

import { newIdempotencyKey, upload } from "./upload.js";

const AT_ONCE = 3;
const MAX_BYTES = 100 * 1024 * 1024;
const PICTURE_NAME = /\.(jpe?g|png|webp|gif|avif|tiff?|bmp|svg)$/i;
const CHECK_MS = 15_000;
const STATE_WORDS = { waiting: "Waiting", uploading: "Uploading", processing: "Processing", ready: "Ready", failed: "Failed" };

export function startUploads() {
  const panel = document.getElementById("uploads");
  if (!panel) return;
  const uploads = new Uploads(panel);
  const picker = document.getElementById("file-input");
  picker.addEventListener("change", () => {
    uploads.add([...picker.files]);
    picker.value = "";
  });
  acceptDrops(uploads);
  document.addEventListener("image-event", ({ detail }) => uploads.heard(detail.kind, detail.event));
}

class Uploads {
  constructor(panel) {
    this.panel = panel;
    this.list = panel.querySelector("#upload-list");
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
      const row = event.target.closest("[data-action=retry-upload]") && event.target.closest(".upload");
      if (row) this.retry(row.job);
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.jobs.some((job) => job.state === "waiting" || job.state === "uploading")) event.preventDefault();
    });
    setInterval(() => this.checkQuietOnes(), CHECK_MS);
  }

  add(files, skipped = 0) {
    this.skipped += skipped;
    for (const file of files) {
      const row = this.rowTemplate.content.firstElementChild.cloneNode(true);
      const job = { file, row, key: newIdempotencyKey(), state: "waiting", fraction: 0, imageId: null, since: 0 };
      row.job = job;
      row.querySelector(".upload-name").textContent = file.name;
      row.querySelector(".upload-name").title = file.name;
      row.querySelector(".upload-size").textContent = sizeWords(file.size);
      row.querySelector(".upload-progress").setAttribute("aria-label", `Upload of ${file.name}`);
      this.list.append(row);
      this.jobs.push(job);
      // A courtesy that saves the way: the api refuses it by itself.
      if (file.size > MAX_BYTES) this.fail(job, `It has ${sizeWords(file.size)}, and the limit is 100 MiB.`, false);
      else if (file.size === 0) this.fail(job, "The file is empty.", false);
    }
    if (files.length > 0 || skipped > 0) {
      this.panel.hidden = false;
      document.body.classList.add("has-uploads");
    }
    this.startSome();
    this.draw();
  }

  startSome() {
    let running = this.jobs.filter((job) => job.state === "uploading").length;
    for (const job of this.jobs) {
      if (running >= AT_ONCE) return;
      if (job.state !== "waiting") continue;
      running += 1;
      this.run(job);
    }
  }

  async run(job) {
    this.set(job, "uploading");
    const { image, problem, canRetry } = await upload(job.file, job.key, (fraction) => {
      job.fraction = fraction;
      job.row.querySelector(".upload-progress").value = fraction;
      this.draw();
    });
    if (problem) {
      this.fail(job, problem, canRetry);
    } else {
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
    } else if (kind !== "processing" && this.jobs.some((other) => other.state === "uploading")) {
      this.settled.set(id, image);
    }
  }

  /** Asks after images of which nothing was heard for long, in case an event was lost on the way. */
  async checkQuietOnes() {
    const quiet = this.jobs.filter((job) => job.state === "processing" && Date.now() - job.since > CHECK_MS).slice(0, 4);
    for (const job of quiet) {
      const response = await fetch(`/api/v1/images/${job.imageId}`).catch(() => null);
      if (response?.ok) this.follow(job, await response.json());
      else if (response?.status === 404) this.set(job, "ready");
    }
  }

  retry(job) {
    job.fraction = 0;
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
    const progress = row.querySelector(".upload-progress");
    if (state === "processing") progress.removeAttribute("value");
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
    const busy = count("waiting", "uploading", "processing");
    const failed = count("failed");
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

function acceptDrops(uploads) {
  const veil = document.getElementById("drop");
  const bringsFiles = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0;
  const show = (visible) => {
    if (!visible) depth = 0;
    veil.hidden = !visible;
  };
  window.addEventListener("dragenter", (event) => {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    depth += 1;
    show(true);
  });
  window.addEventListener("dragover", (event) => {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  window.addEventListener("dragleave", (event) => {
    if (bringsFiles(event) && --depth <= 0) show(false);
  });
  window.addEventListener("drop", async (event) => {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    show(false);
    const { files, skipped } = await filesOf(event.dataTransfer);
    uploads.add(files, skipped);
  });
}

/** The files of a drop, with those of the folders in it. From folders only pictures are taken. */
async function filesOf(transfer) {
  // Entries and files must be taken in this very task: later the list is empty.
  const direct = [];
  const folders = [];
  for (const item of [...transfer.items].filter((item) => item.kind === "file")) {
    const entry = item.webkitGetAsEntry?.();
    if (entry?.isDirectory) {
      folders.push(entry);
    } else {
      const file = item.getAsFile();
      if (file) direct.push(file);
    }
  }
  const found = [];
  for (const folder of folders) await walk(folder, found);
  const pictures = found.filter((file) => PICTURE_NAME.test(file.name) && !file.name.startsWith("."));
  return { files: [...direct, ...pictures], skipped: found.length - pictures.length };
}

async function walk(folder, found) {
  const reader = folder.createReader();
  for (;;) {
    // It hands out a hundred at a time, and nothing at the end.
    const entries = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (entries.length === 0) return;
    for (const entry of entries) {
      if (entry.isDirectory) await walk(entry, found);
      else await new Promise((resolve) => entry.file((file) => resolve(found.push(file)), resolve));
    }
  }
}

function sizeWords(bytes) {
  if (bytes < 1e3) return `${bytes} bytes`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(0)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
