import { readFileSync, writeFileSync } from 'node:fs';
import { startService } from '../test/harness/service-process.ts';
import { lossCurvesFigure } from './choosing-gamma/figure.ts';
import { FIGURE, PAGE, withFigures } from './choosing-gamma/page.ts';
import { readBatch } from './choosing-gamma/reading.ts';

// Writes the service's responses into docs/tutorials/choosing-gamma.md, and its figure. test/scripts holds both to it.

const service = await startService('--engine', 'wasm', '--log-level', 'silent');
const reading = await readBatch(`http://127.0.0.1:${service.address}`);
await service.stop();
writeFileSync(PAGE, withFigures(readFileSync(PAGE, 'utf8'), reading));
writeFileSync(FIGURE, lossCurvesFigure(reading));
