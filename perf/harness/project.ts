const root = new URL('../../../', import.meta.url); // from build/perf/harness/

/** A file of the repository, by its path from the root: what is not compiled into build/. */
export const projectFile = (path: string) => new URL(path, root);
