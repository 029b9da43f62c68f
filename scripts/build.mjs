// Compiles src/ to dist/. A running process loads parts of dist/ late, so nothing it may need goes away: the output
// is made in a folder beside dist/ and then renamed over, file by file, so that a reader sees an old file or a new
// one, never half of one. Files whose source is gone stay until `npm run build`, which makes a dist/ fit to publish.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const DIST = path.join(ROOT, 'dist')
const STAMP = path.join(DIST, '.built')
const PARTIAL = 'dist.partial-'

/** Whether dist/ was built from the sources as they are now. */
export function isBuilt() {
  return fs.existsSync(path.join(DIST, 'main.js')) && readIfThere(STAMP) === fingerprint()
}

/** Builds dist/; rejects with the compiler's output when it finds an error, and leaves dist/ as it was. */
export async function build({ removeLeftovers }) {
  const before = fingerprint()
  removeAbandoned()
  // Beside dist/ and not in it: the source maps hold relative paths.
  const partial = path.join(ROOT, PARTIAL + process.pid)
  fs.mkdirSync(partial)
  try {
    fs.writeFileSync(path.join(partial, '.gitignore'), '*\n')
    await compile(partial)
    fs.rmSync(path.join(partial, '.gitignore'))
    copyAssets(partial)
    fs.chmodSync(path.join(partial, 'main.js'), 0o755)
    const files = listFiles(partial).map(file => path.relative(partial, file))
    for (const file of files) moveOver(path.join(partial, file), path.join(DIST, file))
    if (removeLeftovers) removeAllBut(new Set(files))
    fs.writeFileSync(STAMP, before)
    return files.length
  } finally {
    fs.rmSync(partial, { recursive: true, force: true })
  }
}

/** Changes whenever a source appears, disappears or is written; reading names and times costs a few milliseconds. */
function fingerprint() {
  const settings = fs.readdirSync(ROOT).filter(name => /^(tsconfig.*|package)\.json$/.test(name))
  const files = [...settings.map(name => path.join(ROOT, name)), ...listFiles(path.join(ROOT, 'src'))]
  const hash = createHash('sha256')
  for (const file of files.sort()) {
    const { mtimeMs, size } = fs.statSync(file)
    hash.update(`${path.relative(ROOT, file)} ${mtimeMs} ${size}\n`)
  }
  return hash.digest('hex')
}

function compile(outDir) {
  const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', outDir, '--noEmitOnError']
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
    const output = []
    child.stdout.on('data', chunk => output.push(chunk))
    child.stderr.on('data', chunk => output.push(chunk))
    child.once('error', reject)
    child.once('close', code => (code === 0 ? resolve() : reject(new Error(Buffer.concat(output).toString().trim()))))
  })
}

function copyAssets(outDir) {
  const src = path.join(ROOT, 'src')
  for (const file of listFiles(src)) {
    if (/\.tsx?$/.test(file)) continue
    const target = path.join(outDir, path.relative(src, file))
    fs.mkdirSync(path.dirname(target), { recursive: true })
    fs.copyFileSync(file, target)
  }
}

function moveOver(from, to) {
  fs.mkdirSync(path.dirname(to), { recursive: true })
  fs.renameSync(from, to)
}

function removeAllBut(kept) {
  for (const file of listFiles(DIST)) {
    const name = path.relative(DIST, file)
    if (!name.startsWith('.') && !kept.has(name)) fs.rmSync(file)
  }
}

/** A build that was killed leaves its folder; its number is free again then. */
function removeAbandoned() {
  for (const name of fs.readdirSync(ROOT)) {
    if (!name.startsWith(PARTIAL) || isAlive(Number(name.slice(PARTIAL.length)))) continue
    fs.rmSync(path.join(ROOT, name), { recursive: true, force: true })
  }
}

/** Whether a process of this number exists. */
export function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (cause) {
    return cause.code === 'EPERM'
  }
}

/** A small text file's content, or null. */
export function readIfThere(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (cause) {
    if (cause.code === 'ENOENT') return null
    throw cause
  }
}

function listFiles(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const file = path.join(folder, entry.name)
    return entry.isDirectory() ? listFiles(file) : [file]
  })
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    console.error(`Built ${await build({ removeLeftovers: true })} files in dist/.`)
  } catch (cause) {
    console.error(cause.message)
    process.exitCode = 1
  }
}
