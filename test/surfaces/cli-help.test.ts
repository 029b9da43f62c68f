import { describe, expect, test } from 'vitest'
import { runHere } from '../support/run-here.ts'

const NOWHERE = { env: {}, homeDir: '/nowhere', self: ['scrum4me'] }

describe('help', () => {
  test.each([
    [
      [],
      [
        'up',
        'mcp',
        'demo',
        'do',
        'connect',
        'doctor',
        'product',
        'job',
        'run',
        'worktree',
        'rescue',
        'backup',
        'token',
      ],
    ],
    [['--help'], ['up', 'mcp']],
    [['up', '--help'], ['Start the server']],
    [['mcp', '--help'], ['stdio']],
    [['demo', '-h'], ['--keep']],
    [
      ['product', '--help'],
      ['create', 'list'],
    ],
    [
      ['product', 'create', '--help'],
      ['NAME', '--repo-url', '--json'],
    ],
    [
      ['job', 'list', '--help'],
      ['--status', '--limit'],
    ],
    [['job', 'show', '--help'], ['ID']],
    [['job', 'dispatch', '--help'], ['TASK']],
    [['job', 'watch', '--help'], ['ID']],
    [
      ['do', '--help'],
      ['REQUEST', '--plan', '--product', '--detach'],
    ],
    [
      ['connect', '--help'],
      ['claude, codex, cursor, vscode', '--project', '--http', '--remove', '--yes'],
    ],
    [
      ['doctor', '--help'],
      ['--no-push', '--json'],
    ],
    [['token', 'revoke', '--help'], ['ID']],
    [
      ['token', 'create', '--help'],
      ['--scopes', '--expires-in-days'],
    ],
  ])('of %j names what it takes, and needs no server', async (args, words) => {
    const { exitCode, stdout, stderr } = await runHere(NOWHERE, args)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    for (const word of words) expect(stdout).toContain(word)
  })

  test('--version is the version of the package', async () => {
    expect((await runHere(NOWHERE, ['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+$/)
  })
})
