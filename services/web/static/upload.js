// One file's way to the api: raw bytes, with progress, repeated under the same key when the network fails.

const AUTOMATIC_RETRIES = 4;
/** What may be otherwise in a moment. */
export const PASSING = [0, 408, 429, 502, 503, 504];
/** What is wrong is the file itself: sent again it would be refused again. */
const FINAL = [413, 415, 422];

/** A name for an upload that nobody else will use. (`randomUUID` would need https.) */
export function newIdempotencyKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Sends `file`; `onProgress(fraction)` hears how far it is. Resolves to `{ image }`, or to `{ problem, canRetry }`: what
 * to say, after the retries that may help have been made, and whether a person may want one more; or to `{ cancelled: true }`
 * after `signal` was aborted.
 */
export async function upload({ file, key, visibility }, onProgress, signal) {
  for (let attempt = 0; ; attempt++) {
    const { status, body, retryAfter_ms } = await send({ file, key, visibility }, onProgress, signal);
    if (signal.aborted) return { cancelled: true };
    if (status >= 200 && status < 300 && body?.id) return { image: body };
    if (!PASSING.includes(status) || attempt >= AUTOMATIC_RETRIES) {
      return { problem: problemWords(status, body), canRetry: !FINAL.includes(status) };
    }
    onProgress(0);
    await new Promise((resolve) => setTimeout(resolve, retryAfter_ms ?? 800 * 2 ** attempt * (0.75 + Math.random() / 2)));
  }
}

function send({ file, key, visibility }, onProgress, signal) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    const query = new URLSearchParams({ filename: file.name, ...(visibility && { visibility }) });
    request.open("POST", `/api/v1/images?${query}`);
    request.setRequestHeader("Idempotency-Key", key);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.responseType = "text";
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onloadend = () => {
      signal.removeEventListener("abort", stop);
      resolve({ status: request.status, body: parse(request.responseText), retryAfter_ms: retryAfter(request) });
    };
    signal.addEventListener("abort", stop);
    request.send(file);
  });
}

/** How long the other side asks to be left alone, in milliseconds; undefined where it says nothing. */
export function retryAfter(request) {
  // Of a store elsewhere, a page may read few headers; asking for another one would be a warning in the console.
  const line = request.getAllResponseHeaders().split("\r\n").find((line) => line.toLowerCase().startsWith("retry-after:"));
  const seconds = Number(line?.split(":")[1]);
  return seconds > 0 ? Math.min(seconds, 30) * 1_000 : undefined;
}

export function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What to say of an answer that is no success. */
export function problemWords(status, body) {
  if (status === 401) return "Your session has ended. Sign in again, then try again.";
  if (body?.detail) return body.detail;
  if (status === 0) return "The connection was lost.";
  return `The upload was refused (status ${status}).`;
}
