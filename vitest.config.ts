import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const limits = { testTimeout: 60_000, hookTimeout: 120_000 }

export default defineConfig({
  test: {
    // One worker less than there are cores is the default: of two cores, one would idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'suite',
          include: ['test/**/*.test.ts'],
          exclude: ['test/package/pack.test.ts', 'test/stores/**'],
          globalSetup: ['test/example/global-setup.ts'],
          ...limits,
        },
      },
      // Against real servers; some tests stop and freeze them, so one file after the other.
      { test: { name: 'stores', include: ['test/stores/**/*.test.ts'], fileParallelism: false, ...limits } },
      // Installs the packed package: needs the registry or npm's cache, and minutes.
      { test: { name: 'package', include: ['test/package/pack.test.ts'], testTimeout: 600_000, hookTimeout: 600_000 } },
    ],
  },
})
