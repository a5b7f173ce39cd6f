// The stream of events: one connection a page, that comes back by itself and misses nothing.

const KINDS = ["accepted", "processing", "ready", "failed", "described", "trashed", "restored", "deleted"];
const HIDDEN_MS = 60_000;
const HINT_AFTER_MS = 2_500;

/**
 * Listens from `after` on. `onEvent(kind, resource)` hears each event; `onGap()` is called when the stream opens at a
 * place that is not known, so that what happened before must be asked for.
 */
export function listen({ after, onEvent, onGap }) {
  let sequence = after;
  let source = null;
  let failures = 0;
  let reopenTimer = 0;
  let hintTimer = 0;
  let hiddenTimer = 0;

  const heard = (message) => {
    const resource = JSON.parse(message.data);
    sequence = Math.max(sequence ?? 0, Number(message.lastEventId) || resource.sequence);
    onEvent(message.type.slice("image.".length), resource);
  };

  const open = () => {
    clearTimeout(reopenTimer);
    if (source && source.readyState !== EventSource.CLOSED) return;
    const known = sequence !== undefined;
    source = new EventSource(known ? `/api/v1/events?after=${sequence}` : "/api/v1/events");
    for (const kind of KINDS) source.addEventListener(`image.${kind}`, heard);
    source.onopen = () => {
      failures = 0;
      hint(false);
      if (sequence === undefined) onGap?.();
    };
    source.onerror = () => {
      hint(true);
      // A dropped connection is opened again by the browser, which sends Last-Event-ID. An answer that is no stream,
      // such as a 503 during a restart, ends it: then it is ours to come back.
      if (source.readyState !== EventSource.CLOSED) return;
      failures += 1;
      const wait_ms = Math.min(30_000, 1_000 * 2 ** Math.min(failures, 5)) * (0.5 + Math.random() / 2);
      clearTimeout(reopenTimer);
      reopenTimer = setTimeout(open, wait_ms);
    };
  };

  const close = () => {
    clearTimeout(reopenTimer);
    source?.close();
    hint(false);
  };

  const hint = (broken) => {
    const element = document.getElementById("link-state");
    if (!broken) {
      clearTimeout(hintTimer);
      hintTimer = 0;
      if (element) element.hidden = true;
    } else if (!hintTimer) {
      hintTimer = setTimeout(() => element && (element.hidden = false), HINT_AFTER_MS);
    }
  };

  // Browsers keep six connections to a host (HTTP/1.1): pages that nobody looks at must not hold them all.
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiddenTimer);
    if (document.hidden) hiddenTimer = setTimeout(close, HIDDEN_MS);
    else open();
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => event.persisted && open());
  open();
}
