import assert from 'node:assert/strict';
import { test } from 'node:test';
import { telephone } from '../src/phones.js';
import { knownNumbers, staticHelp, stringsFor } from '../src/strings.js';

const words = stringsFor('en');

test('a language without a catalogue gets English', () => {
  assert.equal(stringsFor('en-GB'), words);
  assert.equal(stringsFor('xx'), words);
  assert.equal(stringsFor(''), words);
});

test('each region of the service has an emergency number of its own', () => {
  const first = (region: string): string | undefined => staticHelp(words, region)[0]?.number;
  assert.deepEqual(['US', 'UK', 'IE', 'CA', 'AU', 'NZ', 'EU'].map(first), ['911', '999', '112', '911', '000', '111', '112']);
  assert.equal(first('gb'), '999');
  assert.equal(first('elsewhere'), '112');
});

test('every help line can be dialled and says when to use it', () => {
  for (const line of Object.values(words.help).flat()) {
    assert.match(telephone(line.number), /^tel:\d{3,11}$/);
    assert.ok(line.name && line.note);
  }
  assert.equal(new Set(knownNumbers(words)).size, knownNumbers(words).length);
});

test('no string is empty', () => {
  const check = (value: unknown, name: string): void => {
    if (typeof value === 'string') assert.ok(value.trim(), name);
    else if (typeof value === 'function') assert.ok(String((value as (...given: unknown[]) => string)(1, 'x')).trim(), name);
    else for (const [key, inner] of Object.entries(value as object)) check(inner, `${name}.${key}`);
  };
  check(words, 'en');
});
