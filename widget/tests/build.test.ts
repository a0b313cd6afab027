import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

const LARGEST = 20 * 1024;
const built = readFileSync('../bot/gateway/static/widget.js');

test(`the built file is at most ${LARGEST} bytes gzip`, () => {
  const { length } = gzipSync(built, { level: 9 });
  assert.ok(length <= LARGEST, `${length} bytes`);
});

test('the built file is what the source builds to', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', '--check'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('the built file needs no eval, makes no markup from text and asks nobody else for anything', () => {
  const code = built.toString();
  for (const forbidden of ['eval(', 'new Function', 'insertAdjacentHTML', 'document.write', '@import', 'http://']) {
    assert.ok(!code.includes(forbidden), forbidden);
  }
  // Lit itself sets innerHTML of its own templates, once, through a trusted types policy.
  assert.equal(code.split('innerHTML').length - 1, 1);
  assert.deepEqual(code.match(/https:\/\/[^\s"'`)]+/g) ?? [], []);
});
