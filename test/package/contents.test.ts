import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pack, ROOT } from '../support/pack.ts'

test('the package holds the program of every source, what it reads, and nothing else', async () => {
  const { files } = await pack()
  const sources = await readdir(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
  const built = sources
    .filter(entry => entry.isFile() && entry.name !== 'CATALOGUE.md')
    .map(({ parentPath, name }) =>
      join(parentPath, name).slice(ROOT.length).replace(/^src/, 'dist').replace(/\.ts$/, '.js'),
    )
  expect(files.map(({ path }) => path).sort()).toEqual(['LICENSE', 'README.md', 'package.json', ...built].sort())
  expect(built).toContain('dist/server/store/migrations/meta/_journal.json')
  const main = files.find(({ path }) => path === 'dist/main.js')
  expect((main?.mode ?? 0) & 0o111).toBe(0o111)
})
