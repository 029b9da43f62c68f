import { existsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

const globalSetup = ['test/support/global-setup.ts'].filter(path => existsSync(path))

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'domain', include: ['test/domain/**/*.test.ts'], isolate: false } },
      {
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: ['test/domain/**', 'test/conformance/**', 'test/package/**', 'test/faults/**'],
          pool: 'forks',
          isolate: false,
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          globalSetup,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
