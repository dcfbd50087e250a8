import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder outside the repository, in which a program is written, built and run as its user would. */
export class Folder implements AsyncDisposable {
  private constructor(readonly path: string) {}

  static async create(): Promise<Folder> {
    return new Folder(await realpath(await mkdtemp(join(tmpdir(), 'granule spec-')))); // with a space, as on many desks
  }

  async write(files: Iterable<readonly [path: string, content: string]>): Promise<void> {
    for (const [path, content] of files) {
      await mkdir(dirname(join(this.path, path)), { recursive: true });
      await writeFile(join(this.path, path), content);
    }
  }

  /** Makes a package of this repository resolvable here, without the registry: granule itself or one it depends on. */
  async link(name: string): Promise<void> {
    const target = name === 'granule' ? resolve('.') : resolve('node_modules', name);
    const place = join(this.path, 'node_modules', name);
    await mkdir(dirname(place), { recursive: true });
    await symlink(target, place, 'junction');
  }

  /** Runs this Node on a file, from this folder unless told otherwise. */
  node(args: readonly string[], cwd = this.path): Promise<Outcome> {
    return run(process.execPath, args, cwd);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** What a command answered; a failure is an outcome as well. */
export function run(command: string, args: readonly string[], cwd: string): Promise<Outcome> {
  return new Promise((done) => {
    execFile(command, args, { cwd }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr });
    });
  });
}
