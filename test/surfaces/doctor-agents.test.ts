import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { examine, write } from '../support/doctor.ts'
import { makeInstallation } from '../support/installation.ts'

describe('the doctor’s look at agents', () => {
  test('that nobody connected are missed; one whose program is gone is trouble', async () => {
    const here = await makeInstallation(null)
    expect((await examine(here)).of('agents')).toEqual([
      expect.stringMatching(/^warning No agent .*→ scrum4me connect/),
    ])
    const entry = { command: 'node', args: ['/nowhere/main.js', 'mcp'] }
    await write(join(here.machine.home, '.claude.json'), JSON.stringify({ mcpServers: { scrum4me: entry } }))
    expect((await examine(here)).of('agents')).toEqual([
      expect.stringMatching(
        /^trouble Claude Code starts \/nowhere\/main\.js, which is not there\. → .*connect claude$/,
      ),
    ])
  })

  test.each([
    ['', /^warning Codex has no tool_timeout_sec .*→ .*600/],
    ['tool_timeout_sec = 60\n', /^warning Codex ends our calls after 60 s/],
  ])('of Codex that cut a wait off are warned of: %j', async (line, words) => {
    const here = await makeInstallation(null)
    const table = `[mcp_servers.scrum4me]\ncommand = "scrum4me"\n${line}`
    await write(join(here.machine.home, '.codex', 'config.toml'), table)
    expect((await examine(here)).of('agents')).toEqual(['ok Codex knows Scrum4Me.', expect.stringMatching(words)])
  })

  test('of Claude Code that cut a wait off are warned of, by the environment or by its settings', async () => {
    const here = await makeInstallation(null, { MCP_TOOL_TIMEOUT: '30000' })
    const words = expect.stringMatching(/^warning MCP_TOOL_TIMEOUT is 30000: .* 30 s\. → /)
    expect((await examine(here)).of('agents')[1]).toEqual(words)
    delete here.env.MCP_TOOL_TIMEOUT
    await write(join(here.machine.home, '.claude', 'settings.json'), '{"env": {"MCP_TOOL_TIMEOUT": "30000"}}')
    expect((await examine(here)).of('agents')[1]).toEqual(words)
  })
})
