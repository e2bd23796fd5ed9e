// The hub of PouchDB: express-pouchdb over LevelDB in FOLDER, on a free port of the loopback.
// Says {"port": ...} when it listens, and ends when its standard input does.
'use strict'
const path = require('path')
const requireThere = require('module').createRequire(path.join(process.cwd(), 'index.js'))
const express = requireThere('express')
const PouchDB = requireThere('pouchdb')
const expressPouchDB = requireThere('express-pouchdb')

const folder = process.argv[2]
const databases = PouchDB.defaults({ prefix: folder + path.sep })
const app = express()
// CouchDB's own settings and log would be written into the working folder.
app.use('/', expressPouchDB(databases, {
  configPath: path.join(folder, 'config.json'),
  logPath: path.join(folder, 'log.txt'),
  mode: 'minimumForPouchDB'
}))
const server = app.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })))
process.stdin.on('end', () => process.exit(0)).resume()
