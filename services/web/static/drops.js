// Files that are dropped on the window, with those of the folders among them.

const PICTURE_NAME = /\.(jpe?g|png|webp|gif|avif|tiff?|bmp|svg)$/i;

/** `onFiles(files, skipped)` hears what was dropped, and how many files of folders were left out. */
export function acceptDrops(onFiles) {
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
    onFiles(files, skipped);
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
