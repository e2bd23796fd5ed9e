// The till of PouchDB: one request a line on standard input, one answer a line on standard output, JSON both.
//   {"fill": FOLDER, "documents": FILE}   puts each line of FILE, a document with an _id, into the database FOLDER
//   {"push": FOLDER, "to": URL}           replicates it to the hub
//   {"pull": FOLDER, "from": URL}         replicates the hub into it
// Every answer has "documents" and "seconds"; the first line of all is {"engine": ...}.
'use strict'
const fs = require('fs')
const path = require('path')
const readline = require('readline')
const requireThere = require('module').createRequire(path.join(process.cwd(), 'index.js'))
const PouchDB = requireThere('pouchdb')

const BATCH = 1000 // documents; as large as ours
const opened = {}

function database (folder) {
  opened[folder] = opened[folder] || new PouchDB(folder)
  return opened[folder]
}

async function fill (request) {
  const documents = fs.readFileSync(request.documents, 'utf8').trim().split('\n').map(line => JSON.parse(line))
  for (let at = 0; at < documents.length; at += BATCH) {
    const answers = await database(request.fill).bulkDocs(documents.slice(at, at + BATCH))
    if (answers.some(answer => answer.error)) throw new Error('a document was not taken')
  }
  return documents.length
}

async function replicate (result) {
  const { ok, docs_written: written, doc_write_failures: failed } = await result
  if (!ok || failed) throw new Error(`${failed} documents were not replicated`)
  return written
}

function perform (request) {
  const options = { batch_size: BATCH }
  if (request.fill) return fill(request)
  if (request.push) return replicate(database(request.push).replicate.to(request.to, options))
  return replicate(database(request.pull).replicate.from(request.from, options))
}

async function main () {
  console.log(JSON.stringify({ engine: `PouchDB ${PouchDB.version}, Node ${process.versions.node}` }))
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const began = process.hrtime.bigint()
    const documents = await perform(JSON.parse(line))
    console.log(JSON.stringify({ documents, seconds: Number(process.hrtime.bigint() - began) / 1e9 }))
  }
  process.exit(0)
}

main()
