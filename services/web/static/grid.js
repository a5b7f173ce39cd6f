// The grid of the library, or of the trash: older pages come while scrolling, changes come while looking.

import { listen } from "./events.js";
import { signInAgain } from "./session.js";
import { dress } from "./tiles.js";
import { localiseTimes } from "./time.js";

const FETCHES = 4;
const GATHER_MS = 120;
const STATE_WORDS = { queued: "Waiting", processing: "Processing", ready: "Ready", failed: "Failed" };

export function followGrid() {
  const page = document.querySelector("[data-grid]");
  if (!page) return;
  const list = page.querySelector("[data-tiles]");
  const grid = new Grid(list, page.dataset.grid, page.dataset.firstPage === "true", page.querySelector("[data-more]"));
  grid.scrollEndlessly();
  listen({
    after: Number(page.dataset.eventSequence),
    onEvent: (kind, event) => {
      grid.heard(kind, event);
      document.dispatchEvent(new CustomEvent("image-event", { detail: { kind, event } }));
    },
  });
}

class Grid {
  constructor(list, view, firstPage, more) {
    this.list = list;
    this.view = view;
    this.firstPage = firstPage;
    this.more = more;
    this.wanted = new Map(); // id → attempts so far
    this.inFlight = new Set();
    this.timer = 0;
  }

  tile(id) {
    return this.list.querySelector(`[data-id="${CSS.escape(id)}"]`);
  }

  heard(kind, { image_id: id, image }) {
    const leaves = this.view === "library" ? ["trashed", "deleted"] : ["restored", "deleted"];
    if (leaves.includes(kind)) {
      this.wanted.delete(id);
      this.remove(id);
      return;
    }
    const tile = this.tile(id);
    if (tile && image && Number(tile.dataset.version) >= image.version) return;
    if (kind === "processing" && tile) return this.mark(tile, "processing");
    if (!tile && !(this.view === "library" ? this.belongs(id) : kind === "trashed" && this.firstPage)) return;
    this.want(id);
  }

  /** Whether the image `id` would stand between what is shown already. Ids sort by the time they were made. */
  belongs(id) {
    const tiles = this.list.children;
    if (tiles.length === 0) return this.firstPage;
    const beforeFirst = id > tiles[0].dataset.id;
    const afterLast = id < tiles[tiles.length - 1].dataset.id;
    return !(beforeFirst && !this.firstPage) && !(afterLast && this.more.querySelector("[data-next]"));
  }

  mark(tile, state) {
    tile.dataset.state = state;
    const badge = tile.querySelector("[data-badge]");
    if (badge) badge.textContent = STATE_WORDS[state];
  }

  want(id, attempts = 0) {
    this.wanted.set(id, attempts);
    // Many events of one moment become one look.
    this.timer ||= setTimeout(() => {
      this.timer = 0;
      this.fetchSome();
    }, GATHER_MS);
  }

  fetchSome() {
    for (const [id, attempts] of this.wanted) {
      if (this.inFlight.size >= FETCHES) return;
      if (this.inFlight.has(id)) continue;
      this.wanted.delete(id);
      this.inFlight.add(id);
      this.fetchTile(id)
        .catch(() => attempts < 5 && setTimeout(() => this.want(id, attempts + 1), 1_000 * 2 ** attempts))
        .finally(() => {
          this.inFlight.delete(id);
          this.fetchSome();
        });
    }
  }

  async fetchTile(id) {
    const response = await fetch(`/images/${id}/tile`);
    if (response.redirected) return signInAgain();
    if (response.status === 404) return this.remove(id);
    if (!response.ok) throw new Error(`tile: status ${response.status}`);
    const template = document.createElement("template");
    template.innerHTML = await response.text();
    const fresh = template.content.querySelector("[data-id]");
    if (!fresh) throw new Error("tile: no tile");
    const fits = fresh.matches(this.view === "library" ? ".tile" : ".card");
    if (fits) this.place(fresh);
    else this.remove(id);
  }

  place(fresh) {
    const { id, version } = fresh.dataset;
    const old = this.tile(id);
    if (!old) {
      if (this.view === "library" && !this.belongs(id)) return;
      const after = this.view === "library" ? [...this.list.children].find((tile) => tile.dataset.id < id) : this.list.firstElementChild;
      this.list.insertBefore(fresh, after ?? null);
    } else {
      if (Number(old.dataset.version) > Number(version)) return;
      const focused = old.contains(document.activeElement);
      keepPicture(old, fresh);
      old.replaceWith(fresh);
      if (focused) fresh.querySelector("a")?.focus({ preventScroll: true });
    }
    dress(this.list);
    localiseTimes(fresh);
  }

  remove(id) {
    const tile = this.tile(id);
    if (!tile) return;
    const neighbour = tile.nextElementSibling ?? tile.previousElementSibling;
    const focused = tile.contains(document.activeElement);
    tile.remove();
    if (focused) neighbour?.querySelector("a")?.focus();
  }

  scrollEndlessly() {
    if (!this.more.querySelector("[data-next]")) return;
    const observer = new IntersectionObserver(
      async ([entry]) => {
        if (!entry.isIntersecting) return;
        observer.disconnect();
        // Observing anew reports at once whether the end is still near.
        if (await this.appendNextPage()) observer.observe(this.more);
      },
      { rootMargin: "1200px" },
    );
    observer.observe(this.more);
  }

  /** Whether there may be more after it. */
  async appendNextPage() {
    const link = this.more.querySelector("[data-next]");
    if (!link) return false;
    link.setAttribute("aria-busy", "true");
    link.textContent = "Loading…";
    try {
      const response = await fetch(link.href);
      if (response.redirected) throw new Error("signed out");
      if (!response.ok) throw new Error(`page: status ${response.status}`);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      for (const tile of page.querySelectorAll("[data-tiles] > [data-id]")) {
        if (!this.tile(tile.dataset.id)) this.list.append(document.adoptNode(tile));
      }
      dress(this.list);
      localiseTimes(this.list);
      const next = page.querySelector("[data-next]");
      if (next) link.replaceWith(document.adoptNode(next));
      else link.remove();
      return Boolean(next);
    } catch {
      // The link is still a link.
      link.removeAttribute("aria-busy");
      link.textContent = "Older images";
      return false;
    }
  }
}

/** A picture that is shown already stays: a new element would have to fade in again. */
function keepPicture(old, fresh) {
  const [shown, next] = [old, fresh].map((tile) => tile.querySelector("img"));
  if (!shown || !next || shown.getAttribute("src") !== next.getAttribute("src")) return;
  shown.alt = next.alt;
  next.replaceWith(shown);
  const placeholder = old.querySelector("canvas.placeholder");
  if (placeholder) {
    fresh.dataset.dressed = "";
    fresh.querySelector("a").prepend(placeholder);
  }
}
