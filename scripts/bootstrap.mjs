// Makes `npm start`, `npm test`, `npm run demo` and `npm run soak` work on a bare clone: checks the tools, installs the packages and
// builds when needed, then runs the command. Only Node's own modules, because nothing is installed yet; the version
// of Node is looked at before any file is loaded that an old one could not read.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const STAMP = path.join(ROOT, 'node_modules', '.scrum4me-installed')
const LOCK = path.join(ROOT, 'dist', '.bootstrap.lock')
const STALE_AFTER_MS = 30000

const COMMANDS = new Map([
  ['start', args => runMain(['up', ...args])],
  ['demo', args => runMain(['demo', ...args])],
  ['test', args => runNode([path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...args])],
  ['soak', () => runNode(['--enable-source-maps', '--import', './scripts/typescript.mjs', './soak/main.ts'])],
])

const [name, ...args] = process.argv.slice(2)
const command = COMMANDS.get(name)
if (!command) fail('Usage: node scripts/bootstrap.mjs start|test|demo|soak [arguments…]')
checkTools()
const { build, isAlive, isBuilt, readIfThere } = await import('./build.mjs')
try {
  await ensure(isInstalled, install)
  await ensure(isBuilt, buildDist)
} catch (cause) {
  fail(cause.message)
}
await command(args)

function checkTools() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Scrum4Me needs Node 20.19 or newer; this is ${process.versions.node}. Get one from https://nodejs.org.`)
  }
  const git = spawnSync('git', ['--version'], { stdio: 'ignore' })
  if (git.error || git.status !== 0) {
    fail('Scrum4Me needs git, and there is none in PATH. Install it, for example with `apt install git`.')
  }
}

/** Does `work` unless `isDone`, one process at a time; whoever waited looks again first. */
async function ensure(isDone, work) {
  if (isDone()) return
  const release = await takeLock()
  try {
    if (!isDone()) await work()
  } finally {
    release()
  }
}

function lockHash() {
  return createHash('sha256')
    .update(fs.readFileSync(path.join(ROOT, 'package-lock.json')))
    .digest('hex')
}

function isInstalled() {
  return readIfThere(STAMP) === lockHash()
}

async function install() {
  if (!npmHasInstalled()) {
    console.error('Installing the packages of package-lock.json with `npm ci`; this takes about half a minute.')
    const { code, output } = await runNpm(['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'])
    if (code !== 0) {
      process.stderr.write(output)
      throw new Error('`npm ci` failed, see above. Mend what it names (often the network or a proxy), then try again.')
    }
  }
  fs.writeFileSync(STAMP, lockHash())
}

/** Whether npm's own record says that exactly the packages of package-lock.json are there, whoever installed them. */
function npmHasInstalled() {
  const record = readIfThere(path.join(ROOT, 'node_modules', '.package-lock.json'))
  if (record === null) return false
  const there = JSON.parse(record).packages
  const { '': _, ...wanted } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')).packages
  const isThere = ([key, entry]) => (there[key] ? there[key].version === entry.version : entry.optional === true)
  return Object.entries(wanted).every(isThere) && Object.keys(there).every(key => wanted[key])
}

function runNpm(npmArgs) {
  const own = process.env.npm_execpath // set when npm runs us, and then surely the right one
  const [file, prefix] = own && /npm-cli\.c?js$/.test(own) ? [process.execPath, [own]] : ['npm', []]
  return new Promise(resolve => {
    const child = spawn(file, [...prefix, ...npmArgs], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text))
    child.once('error', cause => resolve({ code: 1, output: `${cause.message}\n` }))
    child.once('close', code => resolve({ code, output }))
  })
}

async function buildDist() {
  console.error('Building dist/ from src/.')
  try {
    await build({ removeLeftovers: false })
  } catch (cause) {
    throw new Error(`${cause.message}\nThe build failed, see above.`)
  }
}

async function runMain(mainArgs) {
  const main = path.join(ROOT, 'dist', 'main.js')
  process.argv = [process.execPath, main, ...mainArgs]
  await import(pathToFileURL(main))
}

function runNode(nodeArgs) {
  const child = spawn(process.execPath, nodeArgs, { cwd: ROOT, stdio: 'inherit' })
  // Ctrl-C reaches it by itself; we only have to outlive it.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      process.exitCode = code === null ? 128 + os.constants.signals[signal] : code
      resolve()
    })
  })
}

/** Waits for the lock and returns its release; a lock whose holder died, or no longer shows life, is broken. */
async function takeLock() {
  fs.mkdirSync(path.dirname(LOCK), { recursive: true })
  for (let told = false; !tryLock(); told = true) {
    if (isStale(LOCK)) breakLock()
    else if (!told) console.error('Waiting for another process that installs or builds here.')
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  const heartbeat = setInterval(() => fs.utimes(LOCK, new Date(), new Date(), () => undefined), 2000)
  return () => {
    clearInterval(heartbeat)
    fs.rmSync(LOCK, { force: true })
  }
}

function tryLock() {
  try {
    fs.writeFileSync(LOCK, `${process.pid} ${os.hostname()}`, { flag: 'wx' })
    return true
  } catch (cause) {
    if (cause.code === 'EEXIST') return false
    throw cause
  }
}

/** A process number means nothing in another container, so there the missing heartbeat has to do. */
function isStale(lock) {
  const holder = readIfThere(lock)
  if (holder === null) return false
  const [pid, host] = holder.split(' ')
  if (host === os.hostname() && !isAlive(Number(pid))) return true
  const stat = fs.statSync(lock, { throwIfNoEntry: false })
  return stat !== undefined && Date.now() - stat.mtimeMs > STALE_AFTER_MS
}

/** Renaming first lets only one of several waiters remove a stale lock; a lock taken anew meanwhile is put back. */
function breakLock() {
  const mine = `${LOCK}.broken-${process.pid}`
  try {
    fs.renameSync(LOCK, mine)
    if (!isStale(mine)) fs.linkSync(mine, LOCK)
  } catch (cause) {
    if (cause.code !== 'ENOENT' && cause.code !== 'EEXIST') throw cause
  }
  fs.rmSync(mine, { force: true })
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
