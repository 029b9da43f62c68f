import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { write } from '../support/doctor.ts'
import { makeInstallation } from '../support/installation.ts'

describe('connect codex', () => {
  const MINE = '# mine\nmodel = "gpt-5"\n\n[mcp_servers.other]\ncommand = "x"\n'

  test('appends a table with a time limit that a long wait needs, and takes out that table alone', async () => {
    const here = await makeInstallation(null)
    const file = join(here.machine.home, '.codex', 'config.toml')
    await write(file, MINE)
    expect(await here.run('connect', 'codex', '--yes')).toMatchObject({ exitCode: 0 })
    const text = await readFile(file, 'utf8')
    expect(text.startsWith(`${MINE}\n[mcp_servers.scrum4me]\n`)).toBe(true)
    expect(text).toMatch(
      /^args = \["\S+main\.js", "mcp"\]\nenv = \{ XDG_CONFIG_HOME = "\S+", .* \}\ntool_timeout_sec = 600\n$/m,
    )
    expect((await here.run('connect', 'codex')).stdout).toMatch(/knows Scrum4Me already/)
    const behind = '\n# about the next one\n[profiles.fast]\nmodel = "mini"\n'
    await writeFile(file, text + behind)
    expect((await here.run('connect', 'codex')).stdout).toMatch(/knows Scrum4Me already/)
    expect(await here.run('connect', 'codex', '--remove', '--yes')).toMatchObject({ exitCode: 0 })
    expect(await readFile(file, 'utf8')).toBe(`${MINE}\n${behind}`)
  })

  test('takes out what `codex mcp add` wrote, and leaves what it does not understand', async () => {
    const here = await makeInstallation(null)
    const file = join(here.machine.home, '.codex', 'config.toml')
    await write(file, `${MINE}[mcp_servers.scrum4me]\ncommand = "x"\n\n[mcp_servers.scrum4me.env]\nA = "b"\n`)
    expect(await here.run('connect', 'codex', '--remove', '--yes')).toMatchObject({ exitCode: 0 })
    expect(await readFile(file, 'utf8')).toBe(MINE)
    const long = `${MINE}[mcp_servers.scrum4me]\ncommand = "x"\nargs = [\n  "a",\n]\n`
    await write(file, long)
    expect(await here.run('connect', 'codex', '--remove', '--yes')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^CONFIG_INVALID: .*not understood.*\n.*yourself/),
    })
    expect(await readFile(file, 'utf8')).toBe(long)
  })

  test('has no configuration of a project', async () => {
    const here = await makeInstallation(null)
    expect((await here.run('connect', 'codex', '--project')).stderr).toMatch(/^VALIDATION_ERROR: .*\n.*--project/)
  })
})
