// The URL builder: fields → the URL, what it renders to, and the HTML to paste. Where URLs have to be signed, the api
// does it.

const WAIT_MS = 250;
const RETRIES = 4;

// The formats of a <picture>, best first; the last one is for whoever reads no other.
const PICTURE_FORMATS = ["avif", "webp", "jpeg"];

const FIT_HINTS = {
  "": "Shrinks to fit inside the box, never enlarges.",
  contain: "Fits inside the box, and enlarges if need be.",
  cover: "Fills the box; what does not fit is cut off.",
  crop: "As cover, but never enlarges.",
  pad: "Fits inside the box; the rest is filled with the background.",
  squeeze: "Forced into the box; the proportions give way.",
};

/** Starts the builders under `root` that are not started yet. */
export function startBuilder(root) {
  for (const builder of root.querySelectorAll("[data-builder]:not([data-started])")) {
    builder.dataset.started = "";
    new Builder(builder).start();
  }
}

class Builder {
  constructor(root) {
    this.root = root;
    this.form = root.querySelector("[data-builder-form]");
    this.url = root.querySelector("#built-url");
    this.snippet = root.querySelector("#built-snippet");
    this.preview = root.querySelector("[data-builder-preview]");
    this.caption = root.querySelector("[data-builder-caption]");
    this.isSigned = root.dataset.signed === "true";
    this.signed = new Map(); // path → the same, signed
    this.signing = null;
    this.end = null;
    this.kind = "img";
    this.timer = 0;
    this.abort = null;
    this.measured = null; // the preview's size in pixels, and of which path
  }

  start() {
    this.form.addEventListener("input", () => this.changed());
    this.form.addEventListener("submit", (event) => event.preventDefault());
    for (const chip of this.root.querySelectorAll("[data-preset]")) {
      chip.addEventListener("click", () => this.apply(chip.dataset.preset));
    }
    for (const tab of this.root.querySelectorAll("[data-snippet]")) {
      tab.addEventListener("click", () => {
        this.kind = tab.dataset.snippet;
        for (const other of this.root.querySelectorAll("[data-snippet]")) {
          other.setAttribute("aria-pressed", String(other === tab));
        }
        this.fill();
      });
    }
    this.url.addEventListener("focus", () => this.url.select());
    this.write();
    // Rendering costs the server something: it waits until somebody comes near.
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (!entry.isIntersecting) return;
        observer.disconnect();
        this.render();
      },
      { rootMargin: "300px" },
    );
    observer.observe(this.root);
  }

  apply(preset) {
    const values = Object.fromEntries(preset.split(",").map((pair) => pair.split("=")));
    this.form.elements.width.value = values.w ?? "";
    this.form.elements.height.value = values.h ?? "";
    this.form.elements.fit.value = values.fit ?? "";
    this.form.elements.ratio.value = "";
    this.changed();
  }

  changed() {
    this.write();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.render(), WAIT_MS);
  }

  /** The path for the fields as they are, with some of them replaced. */
  path(replaced = {}) {
    const options = [];
    for (const field of this.form.querySelectorAll("[data-option]:enabled")) {
      const value = replaced[field.name] ?? fieldValue(field);
      if (value) options.push(field.dataset.option ? `${field.dataset.option}=${value}` : value);
    }
    options.push(`v=${this.root.dataset.contentVersion}`);
    return `/i/${this.root.dataset.id}/${options.join(",")}`;
  }

  absolute(replaced) {
    return location.origin + this.signedPath(replaced);
  }

  signedPath(replaced) {
    const path = this.path(replaced);
    return this.signed.get(path) ?? path;
  }

  /** Every path that the URL and the snippets name. */
  paths() {
    const formats = [{}, ...PICTURE_FORMATS.map((format) => ({ format }))];
    return [...new Set(formats.flatMap((format) => [this.path(format), this.path({ ...format, dpr: "2" })]))];
  }

  /** Has the paths signed, and shows them. What is typed meanwhile is signed after that, and shown alone. */
  async sign() {
    const request = { paths: this.paths() };
    const lifetime_s = Number(this.form.elements.lifetime.value);
    if (lifetime_s) request.expires_in_s = lifetime_s;
    this.showSigned("");
    const signing = (this.signing = fetch("/api/v1/sign", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
    }).then(async (response) => ({ ok: response.ok, answer: await response.json() })).catch(() => ({ ok: false })));
    const { ok, answer } = await signing;
    if (signing !== this.signing) return;
    if (!ok) return this.fail(answer?.detail ?? "The URLs could not be signed: the library cannot be reached.");
    this.signed = new Map(request.paths.map((path, index) => [path, answer.paths[index]]));
    this.end = answer.expires_at ?? null;
    this.showSigned(this.endWords((end) => new Date(end).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })));
    this.fill();
  }

  /** Until the signatures are there, nothing can be copied that would not work. */
  showSigned(words) {
    const until = this.root.querySelector("[data-signed-until]");
    if (until) until.textContent = words;
    for (const button of this.root.querySelectorAll("[data-copy-from]")) button.disabled = words === "";
  }

  endWords(format) {
    return this.end ? `Signed: works until ${format(this.end)}.` : "Signed: works for as long as the key that signed it.";
  }

  write() {
    const { fit, gravity, height, ratio, background } = this.form.elements;
    // A gravity says something only where something is cut off or filled, a ratio only where a side is free.
    gravity.disabled = !["cover", "crop", "pad"].includes(fit.value) && !ratio.value;
    ratio.disabled = Boolean(this.form.elements.width.value && height.value);
    background.disabled = !this.form.elements.has_background.checked;
    this.root.querySelector("[data-fit-hint]").textContent = FIT_HINTS[fit.value] ?? "";
    height.closest(".field").classList.toggle("wanted", ["cover", "crop", "pad", "squeeze"].includes(fit.value) && !height.value);
    if (this.isSigned) this.sign();
    else this.fill();
  }

  fill() {
    this.url.value = this.absolute();
    const end = this.isSigned && this.endWords((end) => `${end.slice(0, 16).replace("T", " ")} UTC`);
    const note = end ? `<!-- ${this.root.dataset.private === "true" ? "Private picture. " : ""}${end} -->\n` : "";
    this.snippet.value = note + (this.kind === "img" ? this.imgSnippet() : this.pictureSnippet());
  }

  alt() {
    const field = document.querySelector("[data-describe] [name=alt_text]");
    return field ? field.value : this.root.dataset.alt;
  }

  /** What the picture measures, in CSS pixels: as the preview does, and until that is there as far as it is known here. */
  size() {
    if (this.measured?.path === this.path()) {
      const dpr = Number(this.form.elements.dpr.value) || 1;
      const css = (pixels) => Math.max(1, Math.round(pixels / dpr));
      return { width: css(this.measured.width), height: css(this.measured.height) };
    }
    const own = { width: Number(this.root.dataset.width), height: Number(this.root.dataset.height) };
    const width = Number(this.form.elements.width.value) || 0;
    const height = Number(this.form.elements.height.value) || 0;
    const fit = this.form.elements.fit.value;
    // What these do to the size, the preview tells.
    const { ratio, trim, rotate, more } = this.form.elements;
    if ((ratio.value && !ratio.disabled) || trim.checked || rotate.value || more.value) return { width: null, height: null };
    if (!own.width || !own.height) return { width: width || null, height: height || null };
    if (width && height && ["cover", "pad", "squeeze"].includes(fit)) return { width, height };
    let scale = Math.min(width ? width / own.width : Infinity, height ? height / own.height : Infinity);
    if (fit === "crop" && width && height) return { width: Math.min(width, own.width), height: Math.min(height, own.height) };
    if (!Number.isFinite(scale)) scale = 1;
    if (fit === "" || fit === "crop") scale = Math.min(scale, 1);
    return { width: Math.max(1, Math.round(own.width * scale)), height: Math.max(1, Math.round(own.height * scale)) };
  }

  attributes(format, indent) {
    const { width, height } = this.size();
    const size = width && height ? ` width="${width}" height="${height}"` : "";
    const srcset = this.form.elements.dpr.value ? "" : `\n${indent}  srcset="${this.absolute({ format, dpr: "2" })} 2x"`;
    return `src="${this.absolute({ format })}"${srcset}\n${indent}  alt="${escapeHtml(this.alt())}"${size} loading="lazy"`;
  }

  imgSnippet() {
    return `<img ${this.attributes(this.form.elements.format.value, "")}>`;
  }

  pictureSnippet() {
    const dense = (format) => (this.form.elements.dpr.value ? "" : `, ${this.absolute({ format, dpr: "2" })} 2x`);
    const sources = PICTURE_FORMATS.slice(0, -1).map(
      (format) => `  <source type="image/${format}"\n    srcset="${this.absolute({ format })}${dense(format)}">`,
    );
    return ["<picture>", ...sources, `  <img ${this.attributes(PICTURE_FORMATS.at(-1), "  ")}>`, "</picture>"].join("\n");
  }

  async render(attempt = 0) {
    this.abort?.abort();
    const abort = (this.abort = new AbortController());
    this.caption.textContent = "Rendering…";
    try {
      if (this.signing && !(await this.signing).ok) return;
      const path = this.path();
      const response = await fetch(this.signedPath(), { signal: abort.signal, headers: { accept: "image/avif,image/webp,image/*,*/*;q=0.8" } });
      // Delivery hears a moment later than the page that a picture is public now: until then it is not there.
      if ([404, 429, 503].includes(response.status) && attempt < RETRIES) {
        this.timer = setTimeout(() => this.render(attempt + 1), 600 * 2 ** attempt);
        return;
      }
      if (!response.ok) {
        const problem = await response.json().catch(() => null);
        return this.fail(problem?.detail ?? `Delivery answered ${response.status}.`);
      }
      const blob = await response.blob();
      if (!abort.signal.aborted) this.show(blob, path);
    } catch (error) {
      if (error.name !== "AbortError") this.fail("Delivery cannot be reached.");
    }
  }

  show(blob, path) {
    const before = this.preview.src;
    this.preview.onload = () => {
      if (before.startsWith("blob:")) URL.revokeObjectURL(before);
      const kind = blob.type.replace("image/", "").toUpperCase();
      const { naturalWidth, naturalHeight } = this.preview;
      this.caption.textContent = `${naturalWidth} × ${naturalHeight} · ${kind} · ${sizeWords(blob.size)}`;
      this.caption.classList.remove("failed");
      this.measured = { path, width: naturalWidth, height: naturalHeight };
      if (path === this.path()) this.fill();
    };
    this.preview.onerror = () => this.fail("The answer is not a picture that this browser can show.");
    this.preview.alt = this.alt();
    this.preview.hidden = false;
    this.preview.src = URL.createObjectURL(blob);
  }

  fail(words) {
    this.preview.hidden = true;
    this.caption.textContent = words;
    this.caption.classList.add("failed");
  }
}

/** What a field says in a URL; nothing where it is left as it was. */
function fieldValue(field) {
  if (field.type === "checkbox") return field.checked ? field.value : "";
  if (field.type === "color") return field.value.slice(1);
  return field.value.trim().replace(/^,+|,+$/g, "");
}

function escapeHtml(text) {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function sizeWords(bytes) {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(bytes < 1e4 ? 1 : 0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
