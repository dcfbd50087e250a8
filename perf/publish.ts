/**
 * Puts the figures of a run into the pages that show them, and its charts as pictures beside them:
 *
 *     npm run perf -- --json build/run.json && npm run perf:publish -- build/run.json
 *
 * In a page, what stands between `<!-- figures:name -->` and `<!-- /figures:name -->` is replaced: by a table of the
 * run, or by what `granule pi` prints now. Pictures are taken of build/report.html by Chromium (/usr/bin/chromium, or
 * what CHROMIUM names).
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { projectFile } from './harness/project.js';
import { TABLES, type MakeTable } from './publish/tables.js';
import { PublishedRun, type RunFile } from './publish/run.js';

const PAGES = ['README.md', 'docs/guide/granularity.md'];

/** By the title of a chart in the report. */
const PICTURES: Readonly<Record<string, string>> = {
  'Where parallel begins to pay': 'crossover.png',
  '1,000 steps an item': 'items.png',
  'Time against chunksize, 20,000 items': 'chunksize.png',
  'Bytes to a thread and back': 'transfer.png',
};
const PICTURE_WIDTH = 760;

/** What the command prints, as a reader would see it. */
const command: MakeTable = () => {
  const printed = execFileSync(process.execPath, [fileURLToPath(projectFile('dist/lib/cli/main.js')), 'pi']);
  return ['```text', '$ npx granule pi', printed.toString().trimEnd(), '```'].join('\n');
};

const MAKERS: Readonly<Record<string, MakeTable | undefined>> = { ...TABLES, pi: command };

function fill(page: string, run: PublishedRun): void {
  const file = projectFile(page);
  const before = readFileSync(file, 'utf8');
  const block = /<!-- figures:([\w-]+) -->\n[^]*?<!-- \/figures:\1 -->/g;
  const after = before.replace(block, (_, name: string) => {
    const make = MAKERS[name];
    if (make === undefined) throw new Error(`${page} asks for the figures '${name}', which nobody makes`);
    return `<!-- figures:${name} -->\n${make(run)}\n<!-- /figures:${name} -->`;
  });
  writeFileSync(file, after);
}

async function takePictures(): Promise<void> {
  const folder = projectFile('docs/images/');
  mkdirSync(folder, { recursive: true });
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const viewport = { width: PICTURE_WIDTH, height: 900 };
    const page = await browser.newPage({ viewport, colorScheme: 'light', deviceScaleFactor: 2 });
    await page.goto(projectFile('build/report.html').href);
    for (const [title, name] of Object.entries(PICTURES)) {
      const figure = page.locator('figure', { has: page.getByText(title, { exact: true }) }).first();
      await figure.locator('details').evaluate((element) => (element as unknown as { remove(): void }).remove());
      await figure.locator('.readout').evaluate((element) => (element as unknown as { remove(): void }).remove());
      await figure.screenshot({ path: fileURLToPath(new URL(name, folder)) });
    }
  } finally {
    await browser.close();
  }
}

const run = new PublishedRun(JSON.parse(readFileSync(process.argv[2], 'utf8')) as RunFile);
for (const page of PAGES) fill(page, run);
await takePictures();
