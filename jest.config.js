// Specs are compiled by tsc into build/spec and run as they are: threads load the same files,
// and what is tested is the built package.
export default {
  roots: ['<rootDir>/build/spec'],
  testEnvironment: '<rootDir>/spec/environment.js',
  testMatch: ['**/*.spec.js'],
  transform: {},
  testTimeout: 180_000, // a bound for what hangs; machines may be busy
  // A spec file starts threads of its own, two to four: one file at a time for every two cores. They run in a
  // process that is not Jest's, which is replaced once it has grown: ES modules are never unloaded from one.
  maxWorkers: '50%',
  workerIdleMemoryLimit: '512MB',
};
