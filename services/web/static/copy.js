// Copying on a click: a text of its own (data-copy), or what stands in a field (data-copy-from).

/** Puts `text` on the clipboard; says whether that worked. */
export async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Not allowed: the old way may be.
    }
  }
  // On plain http in a local network there is no clipboard object, but there is still a selection.
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  const before = document.activeElement;
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  before?.focus?.();
  return done;
}

export function startCopying() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy], [data-copy-from]");
    if (!button) return;
    const field = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
    const done = await copyText(field ? field.value : button.dataset.copy);
    if (!done) field?.select();
    tell(button, done ? "Copied" : "Press Ctrl+C");
  });
}

function tell(button, words) {
  const label = button.querySelector(".swatch-hex") ?? button;
  label.dataset.words ??= label.textContent;
  label.textContent = words;
  button.dataset.told = "";
  clearTimeout(button.toldTimer);
  button.toldTimer = setTimeout(() => {
    label.textContent = label.dataset.words;
    delete button.dataset.told;
  }, 1600);
}
