import { defineConfig } from 'vitest/config'

/** The package as npm installs it, with what the npm registry has for it: `npm run test:package`. */
export default defineConfig({
  test: { include: ['test/package/**/*.test.ts'], testTimeout: 300_000 },
})
