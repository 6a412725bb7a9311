import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html, jsonData, withCode } from '../../../src/http/api-reference/markup.ts';

test('what is put into markup is escaped, unless it is markup; lists are joined, and what is absent is nothing', () => {
  const name = `<b title='x' class="y">&`;
  assert.equal(html`<p>${name}</p>`.text, '<p>&lt;b title=&#39;x&#39; class=&quot;y&quot;&gt;&amp;</p>');
  assert.equal(html`<ul>${[1, html`<li>${'<'}</li>`, [2]]}${false}${undefined}</ul>`.text, '<ul>1<li>&lt;</li>2</ul>');
});

test('text between backticks is code', () => {
  assert.equal(withCode('a `b < c` d').text, 'a <code>b &lt; c</code> d');
  assert.equal(withCode('nothing').text, 'nothing');
});

test('data for a script ends no element', () => {
  const { text } = jsonData({ a: '</script><script>' });
  assert.ok(!text.includes('<'));
  assert.deepEqual(JSON.parse(text), { a: '</script><script>' });
});
