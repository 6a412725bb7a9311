// Runs inside a container: posts a real batch to the service there, and compares loss and gradients with the formula in
// float64. Arguments: the file of the batch, and the backend that must compute. It prints why other backends were skipped.
import { readFileSync } from 'node:fs';

/** The tolerance of every backend, relative to the terms of a gradient, which cancel near its root. */
const TOLERANCE = 2e-6;
const GAMMA = 2;
const ALPHA = 0.25;

const [file, engine] = process.argv.slice(2);
const url = `http://127.0.0.1:${process.env.PORT}/v1`;
const { name, versions, skipped } = await fetched(`${url}/engine`);
expect(name === engine, `expected the engine ${engine}, got ${name}`);
for (const backend of skipped) say(`skipped ${backend.name}: ${backend.reason}`);

const body = readFileSync(file, 'utf8');
const headers = { 'content-type': 'application/json' };
const { loss, gradients } = await fetched(`${url}/focal-loss`, { method: 'POST', headers, body });

const { logits, labels, ignore_index: ignored } = JSON.parse(body);
const positives = labels.filter((label) => label >= 0).length;
let sum = 0;
let worst = 0;
for (const [sample, row] of logits.entries()) {
  for (const [column, logit] of row.entries()) {
    const gradient = gradients[sample][column];
    if (labels[sample] === ignored) {
      expect(gradient === 0, `sample ${sample} is ignored, and has the gradient ${gradient}`);
      continue;
    }
    // Logits are float32 to the service.
    const { loss: part, terms } = focal(Math.fround(logit), labels[sample] === column);
    sum += part;
    const [first, second] = terms.map((term) => term / positives);
    worst = Math.max(worst, Math.abs(gradient - first - second) / (Math.abs(first) + Math.abs(second)));
  }
}
expect(Math.abs(loss - sum / positives) <= TOLERANCE * loss, `expected a loss of ${sum / positives}, got ${loss}`);
expect(worst <= TOLERANCE, `gradients are off by ${worst}`);
const library = versions.libtensorflow ? `, libtensorflow ${versions.libtensorflow}` : '';
say(`${name}${library}: ${logits.length} samples, loss ${loss}, gradients within ${worst.toExponential(1)}`);

/** −α q^γ log p, and the two terms of its derivative, ±α q^γ γ p log p and ∓α q^γ q. */
function focal(logit, positive) {
  const sign = positive ? 1 : -1;
  const logP = -softplus(-sign * logit);
  const q = Math.exp(-softplus(sign * logit));
  const weight = (positive ? ALPHA : 1 - ALPHA) * q ** GAMMA;
  return { loss: -weight * logP, terms: [sign * weight * GAMMA * Math.exp(logP) * logP, -sign * weight * q] };
}

function softplus(x) {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

async function fetched(...request) {
  const response = await fetch(...request);
  const body = await response.text();
  expect(response.ok, `${request[0]}: expected success, got ${response.status}: ${body}`);
  return JSON.parse(body);
}

function expect(condition, message) {
  if (condition) return;
  say(message);
  process.exit(1);
}

function say(line) {
  process.stdout.write(`  ${line}\n`);
}
