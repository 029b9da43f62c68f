import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { withFileLock } from '../src/file-lock.ts'
import { first } from './support/backlog.ts'
import { makeFolder } from './support/folder.ts'
import { ensureBuilt } from './support/installation.ts'
import { killNow } from './support/processes.ts'

const LONG_AGO = new Date(0)
const BUILT = new URL('../dist/file-lock.js', import.meta.url).href

describe('a lock whose holder lives', () => {
  test('H16 H41 is not broken while the holder is stopped, however old its heartbeat is', async () => {
    const { lock, holder } = await holdElsewhere()
    process.kill(holder.pid, 'SIGSTOP')
    await letAge(lock)
    await expect(take(lock, 200)).rejects.toThrow('too long')
    process.kill(holder.pid, 'SIGCONT')
    const taken = take(lock, 20_000)
    holder.letGo()
    expect(await taken).toBe('taken')
  })

  test('H16 is not removed by an earlier holder that was taken for dead', async () => {
    const { lock } = await makeLock()
    await withFileLock(lock, waitFor(1_000), async () => {
      await rm(lock, { recursive: true })
      await mkdir(lock)
      await writeFile(join(lock, 'another'), await describeSelf())
    })
    expect(await readdir(lock)).toEqual(['another'])
    await expect(take(lock, 100)).rejects.toThrow('too long')
  })

  test('H16 is not broken on another machine or in another container as long as its heart beats', async () => {
    const { lock } = await holdElsewhere({ machine: 'another' })
    await expect(take(lock, 200)).rejects.toThrow('too long')
  })
})

describe('a lock that was left', () => {
  test('by a process that was killed is taken at once', async () => {
    const { lock, holder } = await holdElsewhere()
    await killNow(holder.pid)
    expect(await take(lock, 2_000)).toBe('taken')
  })

  test('by a process whose id another one has now is taken at once', async () => {
    const { lock } = await holdElsewhere({ started: '1' })
    expect(await take(lock, 2_000)).toBe('taken')
  })

  test('on another machine, or without a word of its owner, is taken once its heart was seen not to beat', async () => {
    const takeAfter = async (text: string) => {
      const { lock } = await makeLock()
      await mkdir(lock)
      await writeFile(join(lock, 'left'), text)
      await letAge(lock)
      return take(lock, 20_000)
    }
    expect(await Promise.all(['1 1 another', ''].map(takeAfter))).toEqual(['taken', 'taken'])
  })

  test('H41 is taken by one of many waiters of several processes at a time, in turns', async () => {
    const { lock, holder } = await holdElsewhere()
    const log = `${lock}.log`
    const others = Array.from({ length: 3 }, () => startWaiters(lock, log, 5))
    await killNow(holder.pid)
    await Promise.all(others)
    expect((await readFile(log, 'utf8')).match(/in\nout\n/g)).toHaveLength(15)
    expect(await readdir(join(lock, '..'))).toEqual(['lock.log'])
  })
})

async function makeLock() {
  return { lock: join(await makeFolder(), 'lock') }
}

/** A lock that another process holds until it is told to let go; with `as`, its mark names another owner. */
async function holdElsewhere(as: { started?: string; machine?: string } = {}) {
  const { lock } = await makeLock()
  await ensureBuilt()
  const held = `async () => { console.log('held'); await new Promise(go => process.stdin.once('data', go)) }`
  const child = runScript(`await withFileLock(${JSON.stringify(lock)}, WAIT, ${held}); process.exit()`)
  onTestFinished(() => void child.kill('SIGKILL'))
  await new Promise<void>(go => createInterface(child.stdout).once('line', () => go()))
  const mark = await markOf(lock)
  const [pid, started, machine] = (await readFile(mark, 'utf8')).split(' ')
  await writeFile(mark, `${pid} ${as.started ?? started} ${as.machine ?? machine}`)
  return { lock, holder: { pid: Number(pid), letGo: () => child.stdin.write('go\n') } }
}

/** A process in which so many wait for the lock at once; each writes down when it has it. */
async function startWaiters(lock: string, log: string, count: number): Promise<void> {
  await ensureBuilt()
  const note = (word: string) => `appendFile(${JSON.stringify(log)}, '${word}\\n')`
  const turn = `async () => { await ${note('in')}; await new Promise(setImmediate); await ${note('out')} }`
  const wait = `withFileLock(${JSON.stringify(lock)}, WAIT, ${turn})`
  const { stderr } = await runScript(`await Promise.all(Array.from({ length: ${count} }, () => ${wait}))`)
  expect(stderr).toBe('')
}

function runScript(script: string) {
  const lines = [
    `import { appendFile } from 'node:fs/promises'`,
    `import { withFileLock } from '${BUILT}'`,
    `const WAIT = { limitMs: 30_000, tooLong: () => new Error('too long') }`,
    `void appendFile`,
    script,
  ]
  return execa(process.execPath, ['--input-type=module', '--eval', lines.join('\n')], { reject: false })
}

/** What a mark of this process says. */
async function describeSelf(): Promise<string> {
  const { lock } = await makeLock()
  return withFileLock(lock, waitFor(1_000), async () => readFile(await markOf(lock), 'utf8'))
}

async function markOf(lock: string): Promise<string> {
  return join(lock, first(await readdir(lock)))
}

async function letAge(lock: string): Promise<void> {
  await utimes(await markOf(lock), LONG_AGO, LONG_AGO)
}

function waitFor(limitMs: number) {
  return { limitMs, tooLong: () => new Error('too long') }
}

function take(lock: string, limitMs: number): Promise<string> {
  return withFileLock(lock, waitFor(limitMs), async () => 'taken')
}
