import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { english, fill, teller } from '../src/words.js';

type Catalogue = Record<string, string | string[]>;

const catalogue = (name: string): Catalogue => JSON.parse(readFileSync(`src/words/${name}`, 'utf8')) as Catalogue;
const places = (text: string | string[] = ''): string[] => [...String(text).matchAll(/\{\d\}/g)].map(String).sort();

for (const name of readdirSync('src/words')) {
  test(`${name} has every word of the English catalogue, with the same places to fill`, () => {
    const words = catalogue(name);
    assert.deepEqual(Object.keys(words).sort(), Object.keys(english).sort());
    for (const [key, text] of Object.entries(words)) {
      assert.ok([text].flat().every((part) => part.trim()), key);
      assert.deepEqual(places(text), places(catalogue('en.json')[key]), key);
      assert.equal(Array.isArray(text), Array.isArray(catalogue('en.json')[key]), key);
    }
  });
}

test('another language says that the assistant reads English', () => {
  assert.match(catalogue('es.json').notice![0]!, /Solo entiende y escribe inglés/);
});

test('places are filled, more than once and whatever is filled in', () => {
  assert.equal(fill('{0} of {1}, {0}', 2, '{1}'), '2 of {1}, 2');
});

test('a moment of today is told by its time, an earlier one with its date, nonsense not at all', () => {
  const when = teller('en-GB');
  const now = new Date();
  now.setHours(14, 5);
  assert.equal(when(now.toISOString()), '14:05');
  assert.match(when('2020-02-03T14:05:00'), /^3 Feb 2020, 14:05$/);
  assert.equal(when(''), '');
});
