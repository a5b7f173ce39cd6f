// The page of presets: what the options that are typed would show, and previews of what was saved a moment ago.

const WAIT_MS = 300;
const RETRY_MS = 1000;
const RETRIES = 5;

export function startPresets() {
  if (!document.querySelector("[data-presets]")) return;
  const justSaved = document.querySelector("[data-notice]") !== null;
  for (const preview of document.querySelectorAll("[data-preset-preview]")) follow(preview, justSaved);
  const form = document.querySelector("[data-preset-form][data-sample]");
  if (form?.elements.options) tryOptions(form);
}

/** Delivery hears of a change a moment after it was saved: until then a preview may be missing, or the one before. */
function follow(preview, justSaved) {
  const address = preview.getAttribute("src");
  let left = RETRIES;
  const again = () => {
    left -= 1;
    setTimeout(() => (preview.src = `${address}-${left}`), RETRY_MS);
  };
  preview.addEventListener("error", () => left > 0 && again());
  if (preview.complete && preview.naturalWidth === 0 && preview.loading !== "lazy") again();
  else if (justSaved) setTimeout(again, 2 * RETRY_MS);
}

function tryOptions(form) {
  const picture = form.querySelector("[data-preset-trial]");
  const caption = form.querySelector("[data-preset-caption]");
  let timer = 0;
  let abort = null;
  const show = async () => {
    abort?.abort();
    const mine = (abort = new AbortController());
    // The whole picture may be large: without options there is nothing to try.
    const options = form.elements.options.value.trim();
    if (!options) {
      picture.hidden = true;
      caption.textContent = "";
      return;
    }
    try {
      const path = `/i/${form.dataset.sample}/${encodeURIComponent(options)}`;
      const response = await fetch(path, { signal: mine.signal, headers: { accept: "image/avif,image/webp,image/*" } });
      if (!response.ok) {
        const problem = await response.json().catch(() => null);
        throw new Error(problem?.detail ?? `Delivery answered ${response.status}.`);
      }
      const blob = await response.blob();
      if (mine.signal.aborted) return;
      const before = picture.src;
      picture.onload = () => {
        if (before.startsWith("blob:")) URL.revokeObjectURL(before);
        caption.textContent = `${picture.naturalWidth} × ${picture.naturalHeight}`;
      };
      picture.hidden = false;
      picture.src = URL.createObjectURL(blob);
    } catch (error) {
      if (error.name === "AbortError") return;
      picture.hidden = true;
      caption.textContent = error.message;
    }
  };
  form.elements.options.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, WAIT_MS);
  });
  show();
}
