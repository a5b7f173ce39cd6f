// What is to be gone on with after a reload: uploads in parts and, where the browser can keep it, the file of each.
//
// Without a database, as in some private windows, nothing is kept: every function then does nothing.

const DATABASE = "tintype-uploads";
const STORE = "uploads";

let opened;

function database() {
  opened ??= new Promise((resolve) => {
    if (!globalThis.indexedDB) return resolve(null);
    let request;
    try {
      request = indexedDB.open(DATABASE, 1);
    } catch {
      return resolve(null);
    }
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => resolve(null);
  });
  return opened;
}

/** Resolves to what `act(store)` asked for, or to undefined where that failed. */
async function within(mode, act) {
  const found = await database();
  if (!found) return undefined;
  return new Promise((resolve) => {
    try {
      const transaction = found.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => resolve(undefined);
    } catch {
      resolve(undefined);
    }
  });
}

/**
 * Keeps `{ key, owner, visibility }` with the file's name, size and date: by those a person can choose it again. Then the file
 * itself; resolves to whether it is kept.
 */
export async function keep({ key, owner, visibility, file }) {
  const entry = { key, owner, visibility, name: file.name, size: file.size, lastModified: file.lastModified };
  if ((await within("readwrite", (store) => store.put(entry))) === undefined) return false;
  return (await within("readwrite", (store) => store.put({ ...entry, file }))) !== undefined;
}

/** What is kept for `owner`, oldest first. */
export async function keptFor(owner) {
  const entries = (await within("readonly", (store) => store.getAll())) ?? [];
  return entries.filter((entry) => entry.owner === owner);
}

export async function forget(key) {
  await within("readwrite", (store) => store.delete(key));
}
