// Canonical JSON and its SHA-256 as a client in JavaScript makes them: one line in, one line out.
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";

const sorted = (value) =>
  Array.isArray(value) ? value.map(sorted)
  : value && typeof value === "object" ? Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]))
  : value;

for await (const line of createInterface({ input: process.stdin })) {
  const text = JSON.stringify(sorted(JSON.parse(line)));
  console.log(JSON.stringify([text, createHash("sha256").update(text).digest("hex")]));
}
