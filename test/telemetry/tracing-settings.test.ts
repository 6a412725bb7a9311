import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { wantsTraces } from '../../src/telemetry/tracing-settings.ts';

// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/

function read(environment: Record<string, string>): { wanted: boolean; warnings: number } {
  let warnings = 0;
  const logger = pino({ level: 'warn' }, { write: () => void warnings++ });
  const wanted = wantsTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', ...environment }, logger);
  return { wanted, warnings };
}

test('traces need an endpoint, and an empty variable counts as not set', () => {
  assert.equal(read({}).wanted, true);
  assert.equal(read({ OTEL_EXPORTER_OTLP_ENDPOINT: '' }).wanted, false);
  const onlyTraces = { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318' };
  assert.equal(read(onlyTraces).wanted, true);
  assert.equal(read({ OTEL_SDK_DISABLED: '', OTEL_TRACES_EXPORTER: '' }).wanted, true);
});

test('OTEL_SDK_DISABLED is true in any case, and anything else is false', () => {
  for (const value of ['true', 'TRUE', 'True', ' true']) assert.equal(read({ OTEL_SDK_DISABLED: value }).wanted, false);
  for (const value of ['false', 'FALSE', '1', 'yes']) assert.equal(read({ OTEL_SDK_DISABLED: value }).wanted, true);
});

test('OTEL_TRACES_EXPORTER is otlp or none in any case; an unknown exporter is warned of', () => {
  for (const value of ['none', 'None', 'NONE ']) {
    assert.deepEqual(read({ OTEL_TRACES_EXPORTER: value }), { wanted: false, warnings: 0 });
  }
  for (const value of ['otlp', 'OTLP', 'console, otlp']) {
    assert.deepEqual(read({ OTEL_TRACES_EXPORTER: value }), { wanted: true, warnings: 0 });
  }
  assert.deepEqual(read({ OTEL_TRACES_EXPORTER: 'zipkin' }), { wanted: false, warnings: 1 });
});
