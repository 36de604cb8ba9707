// Tests run from the built sources: `tsc -b` first. Native modules do not load in worker threads.
export default {
  files: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
  typescript: {
    rewritePaths: {
      'packages/codec/test/': 'packages/codec/test/build/',
      'packages/cli/test/': 'packages/cli/test/build/',
      'packages/client/test/': 'packages/client/test/build/',
      'packages/daemon/test/': 'packages/daemon/test/build/',
      'test/': 'test/build/',
    },
    compile: false,
  },
  workerThreads: false,
  timeout: '3m',
};
