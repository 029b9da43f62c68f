import { defineConfig } from 'vitest/config'

/** Measurements, each beside its baseline, one after another on a machine that does nothing else: `npm run bench`. */
export default defineConfig({
  test: {
    include: ['bench/**/*.bench.ts'],
    globalSetup: ['bench/support/setup.ts'],
    pool: 'forks',
    maxWorkers: 1,
    execArgv: ['--expose-gc'],
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 300_000,
  },
})
