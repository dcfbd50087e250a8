// The specs run compiled, from build/spec. A path as the shell completes it, spec/pool/map.spec.ts,
// means its compiled file; every other word is Jest's.
process.argv = process.argv.map((word) => word.replace(/^(?:\.\/)?(spec\/.+)\.ts$/, '$1'));
await import('jest/bin/jest');
