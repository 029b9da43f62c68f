#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { runCli } from './cli/cli.ts'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort())

const manifest: { version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const terminal = {
  env: process.env,
  homeDir: homedir(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
  isInteractive: process.stdout.isTTY ?? false,
  self: [process.execPath, fileURLToPath(import.meta.url)],
  version: manifest.version,
}

process.exitCode = await runCli(terminal, process.argv.slice(2))
// A stdin that an MCP client keeps open would keep the process alive after everything is done.
process.stdin.unref?.()
