// Instants come in UTC; here they are put into the reader's own zone and way of writing.

/** Rewrites every instant under `root`. */
export function localiseTimes(root) {
  const instant = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
  for (const time of root.querySelectorAll("time[data-time]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = instant.format(at);
    time.textContent = (time.dataset.time === "date" ? date : instant).format(at);
    delete time.dataset.time;
  }
}
