// The page of one image: it follows what happens to it, and never touches what is being typed.

import { listen } from "./events.js";
import { signInAgain } from "./session.js";
import { startBuilder } from "./builder.js";
import { dress } from "./tiles.js";
import { localiseTimes } from "./time.js";

export function followImage() {
  const page = document.querySelector("[data-image-page]");
  if (!page) return;
  const refresh = once(() => refreshPage(page));
  listen({
    onGap: refresh,
    onEvent: (kind, event) => {
      if (event.image_id !== page.dataset.id) return;
      if (kind === "deleted") return location.assign("/");
      if (event.image && event.image.version <= Number(page.dataset.version)) return;
      refresh();
    },
  });
}

/** Runs `task` once at a time, and once more if it was asked for meanwhile. */
function once(task) {
  let running = false;
  let again = false;
  return async function run() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      await task();
    } catch {
      // The next event brings the next try.
    }
    running = false;
    if (again) {
      again = false;
      run();
    }
  };
}

async function refreshPage(page) {
  const response = await fetch(`/images/${page.dataset.id}`);
  if (response.redirected) return signInAgain();
  if (response.status === 404) return location.assign("/");
  if (!response.ok) return;
  const document_ = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = document_.querySelector("[data-image-page]");
  if (!fresh || Number(fresh.dataset.version) <= Number(page.dataset.version)) return;
  // In and out of the trash the page is another one.
  if (fresh.dataset.trashed !== page.dataset.trashed) return location.reload();
  const stateChanged = ["state", "visibility"].some((name) => fresh.dataset[name] !== page.dataset[name]);
  for (const part of page.querySelectorAll("[data-live]")) {
    const next = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    const settled = part.dataset.live === "stage" || part.dataset.live === "builder";
    // A picture that is shown stays as it is; so does a URL that somebody is building.
    if (!next || (settled && !stateChanged)) continue;
    part.replaceWith(document.adoptNode(next));
  }
  page.dataset.state = fresh.dataset.state;
  page.dataset.visibility = fresh.dataset.visibility;
  page.dataset.version = fresh.dataset.version;
  document.title = document_.title;
  updateForm(page.querySelector("[data-describe]"), fresh.querySelector("[data-describe]"), page);
  dress(page);
  localiseTimes(page);
  startBuilder(page);
}

function updateForm(form, fresh, page) {
  if (!form || !fresh) return;
  const names = ["title", "alt_text"];
  const theirs = (name) => fresh.elements[`base_${name}`].value;
  const base = (name) => form.elements[`base_${name}`];
  const same = names.every((name) => base(name).value === theirs(name));
  const untouched = names.every((name) => form.elements[name].value === base(name).value);
  if (same) {
    // The worker's steps count as versions too: they are no reason to refuse these words.
    form.elements.version.value = fresh.elements.version.value;
  } else if (untouched) {
    for (const name of names) form.elements[name].value = base(name).value = theirs(name);
    form.elements.version.value = fresh.elements.version.value;
  } else {
    page.querySelector("[data-changed]").hidden = false;
  }
}
