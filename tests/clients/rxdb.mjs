// An app with RxDB, driven by lines of JSON: {"command", …} comes in, {"result"} or {"error"} goes out.
// The code of docs/rxdb.md lies in the folder that is named by the argument.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { getRxStorageMemory } from "rxdb/plugins/storage-memory";
import { firstValueFrom, filter } from "rxjs";

const { openApp } = await import(pathToFileURL(`${process.argv[2]}/app.js`));
const storage = getRxStorageMemory();
const network = fetch;

let connection = new AbortController(); // aborted while there is no signal
let deafTo = []; // pushes whose answer will be lost, by collection
let held = {}; // pulls that are not asked yet, and pushes not answered: by what and collection, what lets them go
let heard = []; // every answer: [what, collection, ids]
let seen = []; // what was watched
let app, options;

globalThis.fetch = async (url, init = {}) => {
  const signals = [connection.signal, init.signal].filter(Boolean);
  const [collection, what] = new URL(url).pathname.split("/").slice(-2);
  if (what === "pull") await delayed(what, collection);
  const answer = await network(url, { ...init, signal: AbortSignal.any(signals) });
  if (what === "push" && deafTo.includes(collection)) {
    await answer.text(); // the office has done it
    deafTo = deafTo.filter((name) => name !== collection);
    heard.push(["lost", collection, answer.status]);
    throw new TypeError("the reply was lost");
  }
  if (what === "push") await delayed(what, collection);
  if (what !== "stream") {
    const body = await answer.clone().json();
    const documents = Array.isArray(body) ? body : (body.documents ?? []);
    heard.push([what, collection, documents.map((document) => document.id)]);
  }
  return answer;
};

const delayed = (what, collection) => {
  const waiting = held[`${what} ${collection}`];
  return waiting && new Promise((go) => waiting.push(go));
};

const replications = (names) => (names ?? Object.keys(app.replications)).map((name) => app.replications[name]);

const commands = {
  async open(given) {
    options = given;
    app = await openApp("app", storage, { retryTime: 200, ...options });
  },
  /** The process ends and begins again; the storage is kept. */
  async restart() {
    await app.database.close();
    app = await openApp("app", storage, { retryTime: 200, ...options });
  },
  /** Until everything that there is has been sent and pulled. */
  async sync({ collections }) {
    for (const replication of replications(collections)) await replication.awaitInitialReplication();
    for (const replication of replications(collections)) {
      // An edit reaches the replication by an event: once more, lest we asked before it had come.
      for (let round = 0; round < 2; round += 1) {
        replication.reSync();
        await replication.awaitInSync();
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  },
  async documents({ collection }) {
    return (await app.database[collection].find().exec()).map((document) => document.toJSON());
  },
  /** Until a document has these values; without values, until it is gone. */
  async wait({ collection, id, values }) {
    const fits = (document) =>
      values ? document && Object.entries(values).every(([name, value]) => document.get(name) === value) : !document;
    const found = await firstValueFrom(app.database[collection].findOne(id).$.pipe(filter(fits)));
    return found?.toJSON() ?? null;
  },
  async insert({ collection, document }) {
    await app.database[collection].insert(document);
  },
  async edit({ collection, id, values }) {
    const document = await app.database[collection].findOne(id).exec(true);
    await document.incrementalPatch(values);
  },
  async remove({ collection, id }) {
    await (await app.database[collection].findOne(id).exec(true)).incrementalRemove();
  },
  async signal({ on }) {
    connection.abort();
    if (on) connection = new AbortController();
  },
  /** From now on, note which values of a field stand beside each other in the collection. */
  async watch({ collection, field }) {
    app.database[collection].find().$.subscribe((found) => {
      seen.push([...new Set(found.map((document) => document.get(field)))]);
    });
  },
  async seen() {
    return seen;
  },
  async lose({ collection }) {
    deafTo.push(collection);
  },
  /** From now on pulls do not get to the office, or answers to pushes not back, until they are let go. */
  async hold({ what, collection }) {
    held[`${what} ${collection}`] = [];
  },
  async let_go({ what, collection }) {
    const waiting = held[`${what} ${collection}`];
    delete held[`${what} ${collection}`];
    waiting.forEach((go) => go());
  },
  /** Look for news, without waiting for them. */
  async look({ collection }) {
    app.replications[collection].reSync();
    while (!held[`pull ${collection}`].length) await new Promise((resolve) => setTimeout(resolve, 10));
  },
  async heard() {
    return heard;
  },
  async forget() {
    heard = [];
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...given } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ result: (await commands[command](given)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: `${error.stack ?? error}` }));
  }
}
process.exit(0);
