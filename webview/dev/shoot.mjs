/**
 * Photographs the scenes of the harness, to look at: `node webview/dev/shoot.mjs <folder> [scene,…] [theme,…] [width,…]`.
 * Reports what the page complained about, such as a style that the content policy refused.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { buildHarness } from '../esbuild.mjs';
import { serveHarness } from './serve.mjs';

const [folder = 'out/webview-shots', sceneList, themeList, widthList = '380,700,1100'] =
  process.argv.slice(2);
const site = join(import.meta.dirname, '..', '..', 'out', 'webview-harness');
await buildHarness(site);
const server = await serveHarness(site, 0);
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  await mkdir(folder, { recursive: true });
  const page = await browser.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) console.log(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => console.log(`${page.url()}: ${error.stack}`));
  await page.goto(origin);
  const { sceneNames, themeNames } = await page.evaluate(() => window.harness);
  for (const scene of sceneList ? sceneList.split(',') : sceneNames) {
    for (const theme of themeList ? themeList.split(',') : themeNames) {
      for (const width of widthList.split(',').map(Number)) {
        await page.setViewportSize({ width, height: 300 });
        await page.goto(`${origin}/?scene=${scene}&theme=${theme}`);
        await page.evaluate(() => document.fonts.ready);
        // Two frames: the first draws what the messages brought, the second proves that it is on the screen.
        await page.evaluate(
          () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
        );
        // The whole page by a tall window, so that what sticks to an edge is at the edge.
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.setViewportSize({ width, height: Math.max(height, 300) });
        await page.screenshot({ path: join(folder, `${scene}-${theme}-${width}.png`) });
      }
    }
  }
} finally {
  await browser.close();
  server.close();
}
