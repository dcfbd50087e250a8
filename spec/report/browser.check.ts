/**
 * The page in a real Chromium, at two widths and in both color schemes. A check, not a spec: it needs a browser,
 * /usr/bin/chromium or what CHROMIUM names.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';
import { renderPage } from '#lib/report/page.js';
import { sample } from '../fixtures/report/sample.js';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const folder = mkdtempSync(join(tmpdir(), 'granule-report-'));
const file = join(folder, 'report.html');
let browser: Browser;

beforeAll(async () => {
  if (!existsSync(executablePath)) {
    throw new Error(`No Chromium at ${executablePath}: install it (apt-get install chromium), or name it in CHROMIUM`);
  }
  writeFileSync(file, renderPage(sample));
  const quiet = ['--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'];
  const args = ['--no-sandbox', '--no-first-run', '--disable-component-update', ...quiet];
  browser = await chromium.launch({ executablePath, args, timeout: 120_000 });
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

async function open(width: number, colorScheme: 'light' | 'dark'): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) complaints.push(request.url());
  });
  await page.goto(pathToFileURL(file).href);
  await page.locator('.plot canvas').nth(1).waitFor();
  return { page, complaints };
}

interface Canvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: '2d'): { getImageData(x: number, y: number, width: number, height: number): { data: Uint8Array } };
}

/** Pixels of the canvas that are not transparent. */
const inkOf = (page: Page, plot: number) =>
  page.locator('.plot canvas').nth(plot).evaluate((element) => {
    const canvas = element as unknown as Canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, index) => index % 4 === 3 && value > 0).length;
  });

describe.each([[1100, 'light'], [390, 'dark']] as const)('the page, %i pixels wide, %s', (width, scheme) => {
  test('draws its charts, complains of nothing and scrolls down only', async () => {
    const { page, complaints } = await open(width, scheme);
    expect(await page.locator('.plot canvas').count()).toBe(2);
    for (const plot of [0, 1]) expect(await inkOf(page, plot)).toBeGreaterThan(1000);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('tells what the pointer is at', async () => {
    const { page } = await open(width, scheme);
    const over = page.locator('.plot').first().locator('.u-over');
    const box = (await over.boundingBox())!;
    await page.mouse.move(box.x + box.width - 3, box.y + box.height / 2);
    const tip = page.locator('.tip').first();
    await tip.waitFor({ state: 'visible' });
    expect(await tip.innerText()).toMatch(/items 1\u202f000\s+loop 1 ms\s+pool 450 µs/);
    await page.locator('.span').first().hover();
    const readout = page.locator('figure.timeline .readout');
    expect(await readout.innerText()).toBe('thread 1: items 0 to 511, 0 ns to 1 ms');
    await page.close();
  });

  test('is read by keyboard', async () => {
    const { page } = await open(width, scheme);
    const readout = page.locator('figure.lines .readout').first();
    await page.locator('.plot').first().focus();
    for (const [key, text] of [
      ['ArrowRight', 'items 1 · loop 1 µs · pool 50.4 µs'],
      ['ArrowRight', 'items 10 · loop 10 µs'],
      ['End', 'items 1\u202f000 · loop 1 ms · pool 450 µs'],
      ['Home', 'items 1 · loop 1 µs · pool 50.4 µs'],
    ]) {
      await page.keyboard.press(key);
      const said = "document.querySelector('figure.lines .readout').textContent";
      await page.waitForFunction(`${said} === ${JSON.stringify(text)}`);
      expect(await readout.innerText()).toBe(text);
    }
    await page.close();
  });

  test('has one stop of the Tab key for a row of chunks, and reads them by the arrow keys', async () => {
    const { page } = await open(width, scheme);
    const readout = page.locator('figure.timeline .readout');
    expect(await page.locator('.track [tabindex], .bar [tabindex]').count()).toBe(0);
    await page.locator('.track').nth(1).focus();
    await page.keyboard.press('ArrowRight');
    expect(await readout.innerText()).toBe('thread 2: items 512 to 1023, 500 µs to 2 ms');
    expect(await page.locator('.at').count()).toBe(1);
    await page.locator('.bar').nth(1).focus();
    await page.keyboard.press('End');
    expect(await page.locator('figure.bars .readout').innerText()).toBe('chunksize 1: waiting 1 ms');
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('figure.bars .readout').innerText()).toBe('chunksize 1: compute 2 ms');
    await page.close();
  });

  test('shows a timeline up to the end of the call', async () => {
    const { page } = await open(width, scheme);
    expect(await page.locator('figure.timeline .scale').innerText()).toMatch(/^0\s*2\.5 ms$/);
    const [track, span] = [page.locator('.track').nth(1), page.locator('.track').nth(1).locator('.span')];
    const [whole, part] = [(await track.boundingBox())!, (await span.boundingBox())!];
    expect(part.width / whole.width).toBeCloseTo(1.5 / 2.5, 1);
    await page.close();
  });

  test('is printed as on paper, whatever the screen is', async () => {
    const { page } = await open(width, scheme);
    const colorOfText = "getComputedStyle(document.documentElement).getPropertyValue('--text')";
    const widthOfChart = async () => (await page.locator('.uplot').first().boundingBox())!.width;
    const onScreen = [await page.evaluate(colorOfText), await widthOfChart()];
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect([await page.evaluate(colorOfText), await widthOfChart()]).toEqual(['#1c2024', 600]);
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    expect([await page.evaluate(colorOfText), await widthOfChart()]).toEqual(onScreen);
    await page.close();
  });

  test('shows the figures where no script runs, and no empty charts', async () => {
    const context = await browser.newContext({ viewport: { width, height: 900 }, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(pathToFileURL(file).href);
    expect(await page.locator('details table').first().isVisible()).toBe(true);
    expect(await page.locator('.plot').first().isVisible()).toBe(false);
    await context.close();
  });

  test('hides a series by its button, and opens the figures', async () => {
    const { page } = await open(width, scheme);
    const before = await inkOf(page, 0);
    await page.getByRole('button', { name: 'loop' }).click();
    expect(await page.getByRole('button', { name: 'loop' }).getAttribute('aria-pressed')).toBe('false');
    // Drawn anew, over the range of what is left.
    await expect(inkOf(page, 0)).resolves.not.toBe(before);
    await page.locator('summary').first().click();
    expect(await page.locator('details table').first().isVisible()).toBe(true);
    await page.close();
  });
});
