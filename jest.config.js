// Specs are compiled by tsc into build/spec and run as they are: threads load the same files,
// and what is tested is the built package.
export default {
  rootDir: '.',
  roots: ['<rootDir>/build/spec'],
  testEnvironment: 'node',
  testMatch: ['**/*.spec.js'],
  transform: {},
  testTimeout: 60_000,
};
