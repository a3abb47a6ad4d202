import { launch } from './lib/browser.mjs';
import { LabPage } from './lib/page.mjs';
import { serve } from './lib/server.mjs';
import { segment } from './lib/results.mjs';
const browser = await launch();
for (const dist of process.argv.slice(2)) {
  const server = await serve(dist ? { root: dist } : undefined);
  const context = await browser.newContext({ viewport: { width: 1440, height: 1200 } });
  const lab = new LabPage(await context.newPage());
  await lab.page.goto(`${server.url}#preset=keras&epochs=2&workers=1&simd=relaxed&seed=1&autostart=1`);
  await segment(lab, 'Engine');
  await lab.state('finished', 120000);
  console.log(dist, (await lab.page.locator('.results').innerText()).replace(/\n+/g, ' | '));
  console.log(await lab.read('weights-hash')); for (let i = 0; i < 2; i++) { await lab.page.getByRole('button', { name: /Measure this machine/ }).click(); await new Promise((r) => setTimeout(r, 7000)); console.log((await lab.page.locator('.results').innerText()).replace(/\n+/g, ' | ').slice(200)); }
  await context.close(); await server.close();
}
await browser.close(); process.exit(0);
