// An app with WatermelonDB. Commands come as JSON lines on stdin, each is answered by one line on stdout.
//   node watermelon.mjs FOLDER: FOLDER has schema.js and sync.js, as printed in docs/watermelondb.md, and keeps the data.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

// Apps are bundled; a bundler finds `@nozbe/watermelondb/sync` in its folder. So does this.
const HERE = import.meta.url
registerHooks({
  resolve(specifier, context, next) {
    if (!specifier.startsWith('@nozbe/')) return next(specifier, context)
    const inside = specifier === '@nozbe/watermelondb' ? specifier : `${specifier}/index.js`
    return next(inside, { ...context, parentURL: HERE })
  },
})
const require = createRequire(HERE)
for (const level of ['log', 'info', 'warn', 'error']) console[level] = (...words) => process.stderr.write(words.join(' ') + '\n')

const folder = process.argv[2]
const load = (file) => import(pathToFileURL(join(folder, file)).href)
const { Database, Model } = await import('@nozbe/watermelondb')
const LokiJSAdapter = require('@nozbe/watermelondb/adapters/lokijs').default
const { schemaMigrations, addColumns, createTable } = require('@nozbe/watermelondb/Schema/migrations')
await load('ids.js')
const { sync } = await load('sync.js')

/** What IndexedDB is in a browser. */
const files = {
  loadDatabase: (name, done) => done(existsSync(name) ? readFileSync(name, 'utf8') : null),
  saveDatabase: (name, text, done) => done(writeFileSync(name, text)),
  deleteDatabase: (name, done) => done(rmSync(name, { force: true })),
}

let database
const plain = (record) => ({ ...record._raw })
const write = (work) => database.write(work)

const commands = {
  /** Opens the app's database, or opens it again as an app with another schema. */
  async open({ file, migrations }) {
    const { schema } = await load(file ?? 'schema.js')
    const steps = (migrations ?? []).map(({ toVersion, steps }) => ({
      toVersion,
      steps: steps.map(([kind, step]) => (kind === 'createTable' ? createTable(step) : addColumns(step))),
    }))
    const adapter = new LokiJSAdapter({
      schema,
      migrations: migrations && schemaMigrations({ migrations: steps }),
      dbName: join(folder, 'app.db'),
      useWebWorker: false,
      useIncrementalIndexedDB: false,
      extraLokiOptions: { autosave: false },
      _testLokiAdapter: files,
    })
    const modelClasses = Object.keys(schema.tables).map((name) => class extends Model { static table = name })
    database = new Database({ adapter, modelClasses })
    await database.adapter.getLocal('ready')
    return Object.keys(schema.tables)
  },
  /** What an app does before it may be killed. */
  async save() {
    const { loki } = database.adapter.underlyingAdapter._driver
    await new Promise((done, failed) => loki.saveDatabase((error) => (error ? failed(error) : done())))
  },
  async sync(options) {
    const answers = []
    await sync({ database, ...options, onAnswer: (answer) => answers.push(answer) })
    return answers
  },
  /** `synchronize()` and nothing else: what an app does that has not read our page. */
  async plainSync({ server, token }) {
    const { synchronize } = await import('@nozbe/watermelondb/sync')
    const ask = async (query, options) => {
      const headers = { Authorization: `Token ${token}`, 'Content-Type': 'application/json' }
      const response = await fetch(`${server}/api/v1/sync/watermelon?${query}`, { headers, ...options })
      if (!response.ok) throw new Error(await response.text())
      return response.json()
    }
    await synchronize({
      database,
      sendCreatedAsUpdated: true,
      pullChanges: ({ lastPulledAt }) => ask(`last_pulled_at=${lastPulledAt}`),
      pushChanges: ({ changes, lastPulledAt }) =>
        ask(`last_pulled_at=${lastPulledAt}`, { method: 'POST', body: JSON.stringify({ changes }) }),
    })
  },
  async create({ table, fields }) {
    const record = await write(() =>
      database.get(table).create((made) => {
        for (const [column, value] of Object.entries(fields)) {
          if (column === 'id') made._raw.id = value
          else made._setRaw(column, value)
        }
      }),
    )
    return plain(record)
  },
  async update({ table, id, fields }) {
    await write(async () => {
      const record = await database.get(table).find(id)
      await record.update((row) => {
        for (const [column, value] of Object.entries(fields)) row._setRaw(column, value)
      })
    })
  },
  async remove({ table, id }) {
    await write(async () => (await database.get(table).find(id)).markAsDeleted())
  },
  async discard({ table, id }) {
    await write(async () => (await database.get(table).find(id)).destroyPermanently())
  },
  async rows({ table }) {
    return (await database.get(table).query().fetch()).map(plain)
  },
  async count() {
    const counts = {}
    for (const table of Object.keys(database.schema.tables)) counts[table] = await database.get(table).query().fetchCount()
    return counts
  },
  async pulledAt() {
    return Number(await database.adapter.getLocal('__watermelon_last_pulled_at')) || null
  },
  async forgetPulledAt({ number }) {
    await database.adapter.setLocal('__watermelon_last_pulled_at', String(number))
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...options } = JSON.parse(line)
  let answer
  try {
    answer = { result: (await commands[command](options)) ?? null }
  } catch (error) {
    answer = { error: error.message || String(error), code: error.code ?? null, cause: error.cause?.code ?? null }
  }
  process.stdout.write(JSON.stringify(answer) + '\n')
}
