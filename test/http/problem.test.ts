import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../src/core/service-error.ts';
import { toInferenceProblem } from '../../src/http/inference-problem.ts';
import { problemSchema, toProblem, writeProblem } from '../../src/http/problem.ts';

const ID = 'x'.repeat(128);

/** The error that a careless place could make: everything that a client sent is in it. */
function careless(length: number): ServiceError {
  const text = '\u0001'.repeat(length); // 6 bytes each in JSON.
  const index = Array.from({ length }, (_, i) => i);
  const issues = Array.from({ length: 20 }, (_, i) => ({ pointer: `/${i}${text}`, message: text, index }));
  return new ServiceError('invalid_request', text, { issues, more: 7 });
}

test('a problem is at most 64 KiB, whatever its error holds, and counts the issues that it does not list', () => {
  for (const length of [0, 100, 1000, 10_000, 1_000_000]) {
    for (const form of [undefined, toInferenceProblem]) {
      const text = writeProblem(toProblem(careless(length), ID), form);
      assert.ok(Buffer.byteLength(text) <= 65_536, `${Buffer.byteLength(text)} bytes`);
      const { error: _, ...problem } = JSON.parse(text);
      const { errors = [], more = 0 } = problemSchema.parse(problem);
      assert.equal(errors.length + more, 27);
      if (length <= 100) assert.equal(errors.length, 20);
    }
  }
});

test('texts are cut between characters', () => {
  const { message, issues } = new ServiceError('invalid_request', '😀'.repeat(2000), {
    issues: [{ pointer: `/${'😀'.repeat(2000)}`, message: 'x'.repeat(5000) }],
  });
  assert.ok(Buffer.from(message).toString() === message); // Half a character would become U+FFFD.
  assert.deepEqual([message.length, issues[0]?.message.length], [1025, 1025]);
  assert.equal(issues[0]?.pointer, `/${'😀'.repeat(127)}…`);
});
