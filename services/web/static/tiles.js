// Pictures on a page: a placeholder from the thumbhash, a fade when the picture comes, patience when it does not.

import { decodeThumbhash } from "./thumbhash.js";

const ATTEMPTS = 6;

/** Gives every picture under `root` its placeholder and its fade. Calling it again changes nothing. */
export function dress(root) {
  for (const holder of root.querySelectorAll("[data-thumbhash]:not([data-dressed])")) drawPlaceholder(holder);
  for (const img of root.querySelectorAll(".tile img:not([data-watched]), .stage img:not([data-watched])")) watch(img);
}

function drawPlaceholder(holder) {
  holder.dataset.dressed = "";
  const image = decodeThumbhash(holder.dataset.thumbhash);
  if (!image) return;
  const canvas = document.createElement("canvas");
  canvas.className = "placeholder";
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.setAttribute("aria-hidden", "true");
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  (holder.querySelector("a") ?? holder).prepend(canvas);
}

function watch(img) {
  img.dataset.watched = "";
  let attempt = 0;
  const loaded = () => img.classList.add("loaded");
  const failed = () => {
    // A busy renderer answers 429 at once, on purpose: the picture is worth asking for again.
    if (++attempt >= ATTEMPTS) return img.classList.add("broken");
    const wait_ms = Math.min(20_000, 700 * 2 ** attempt) * (0.75 + Math.random() / 2);
    setTimeout(() => {
      const { src, srcset } = img;
      img.removeAttribute("srcset");
      img.removeAttribute("src");
      img.srcset = srcset;
      img.src = src;
    }, wait_ms);
  };
  img.addEventListener("load", loaded);
  img.addEventListener("error", failed);
  if (img.complete && img.naturalWidth > 0) loaded();
  else if (img.complete && img.currentSrc) failed();
}
