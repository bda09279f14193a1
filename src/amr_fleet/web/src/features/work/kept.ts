import type { Item, Kept } from "./outbox";

const NAME = "amr.work";
const TABLE = "outbox";

/** In IndexedDB, which outlives the page; in memory where the browser has none to give. closed: it has to be opened anew. */
export async function openKept(closed: () => void): Promise<Kept> {
  try {
    const database = await opened();
    database.onclose = closed; // the browser closes it when it needs room, or somebody clears its data
    return inDatabase(database);
  } catch {
    return inMemory();
  }
}

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(TABLE, { keyPath: "key" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("no database"));
  });
}

function inDatabase(database: IDBDatabase): Kept {
  const run = <T>(mode: IDBTransactionMode, work: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction(TABLE, mode);
      const asked = work(transaction.objectStore(TABLE));
      transaction.oncomplete = () => resolve(asked.result); // only then is it on the disk
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("not written"));
    });
  return {
    all: () => run("readonly", (table) => table.getAll() as IDBRequest<Item[]>),
    put: async (item) => void (await run("readwrite", (table) => table.put(item))),
    remove: async (key) => void (await run("readwrite", (table) => table.delete(key))),
    lasting: true,
  };
}

export function inMemory(): Kept {
  const items = new Map<string, Item>();
  return {
    all: () => Promise.resolve([...items.values()]),
    put: (item) => Promise.resolve(void items.set(item.key, structuredClone(item))),
    remove: (key) => Promise.resolve(void items.delete(key)),
    lasting: false,
  };
}
