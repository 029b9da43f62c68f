import { defineConfig } from 'vitest/config'

/** The suite of the protocol's authors, which is fetched from the npm registry: `npm run test:conformance`. */
export default defineConfig({
  test: { include: ['test/conformance/**/*.test.ts'], testTimeout: 600_000 },
})
