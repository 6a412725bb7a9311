import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { launchChromium, NO_CHROMIUM } from '../harness/chromium.ts';
import { scrape } from '../harness/scrape.ts';
import { startService } from '../harness/service-process.ts';
import { until } from '../harness/until.ts';

// A page of another site, which tries to make the service compute by what browsers let every page send.

const REQUESTS = 'focal_loss_http_requests_total{method="POST",route="/v2/models/focal-loss/infer",status="403"}';
const BODY = JSON.stringify({
  inputs: [
    { name: 'logits', datatype: 'FP32', shape: [1], data: [1] },
    { name: 'labels', datatype: 'INT64', shape: [1], data: [1] },
  ],
});

test("another site's page can't make the service compute", { skip: NO_CHROMIUM }, async () => {
  const service = await startService('--log-level', 'silent');
  const browser = await launchChromium();
  const site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<p>'));
  after(async () => {
    await browser.close();
    site.close();
    await service.stop();
  });
  await once(site.listen(0, '127.0.0.1'), 'listening');
  const { port } = site.address() as AddressInfo;
  const url = `http://127.0.0.1:${service.address}`;
  // Another port of the same host, and another host.
  for (const [i, host] of ['127.0.0.1', 'localhost'].entries()) {
    const page = await browser.newPage(); // The form is still navigating the one before.
    await page.goto(`http://${host}:${port}`);
    await page.evaluate(
      async ({ target, body }) => {
        await fetch(target, { method: 'POST', mode: 'no-cors', body }).catch(() => {}); // The response is kept from it.
        const form = document.createElement('form');
        Object.assign(form, { method: 'POST', action: target, enctype: 'text/plain' });
        const field = document.createElement('input');
        // A form writes "name=value": with the value in a string of the JSON.
        Object.assign(field, { name: body.replace('{', '{"id":"'), value: '"}' });
        form.append(field);
        document.body.append(form);
        form.submit();
      },
      { target: `${url}/v2/models/focal-loss/infer`, body: BODY },
    );
    await until('both are rejected', async () => (await scrape(url)).samples.get(REQUESTS) === 2 * (i + 1));
  }
});
