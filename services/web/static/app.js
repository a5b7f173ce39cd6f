// What runs on every page: each part looks for the elements it belongs to, and does nothing without them.

import { followGrid } from "./grid.js";
import { followImage } from "./image.js";
import { startBuilder } from "./builder.js";
import { startCopying } from "./copy.js";
import { startMenus } from "./menu.js";
import { startPresets } from "./presets.js";
import { startUploads } from "./uploads.js";
import { askBeforeDeleting } from "./trash.js";
import { dress } from "./tiles.js";
import { localiseTimes } from "./time.js";

document.documentElement.classList.add("js");
dress(document);
localiseTimes(document);
startMenus();
startCopying();
askBeforeDeleting();
startBuilder(document);
startPresets();
startUploads();
followGrid();
followImage();

// A notice belongs to the moment: an address that is reloaded or kept must not repeat it.
if (document.querySelector("[data-notice]")) {
  const address = new URL(location.href);
  for (const name of ["notice", "trashed"]) address.searchParams.delete(name);
  history.replaceState(history.state, "", address);
}
