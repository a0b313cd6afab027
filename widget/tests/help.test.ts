import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { builtInHelp, knownNumbers } from '../src/help.js';
import { telephone } from '../src/phones.js';
import { english } from '../src/words.js';

const REGIONS = readdirSync('../data/regions').map((file) => file.replace('.yml', '').toUpperCase());

for (const region of REGIONS) {
  test(`the built-in list of ${region} has the numbers and names of data/regions`, () => {
    const reviewed = readFileSync(`../data/regions/${region.toLowerCase()}.yml`, 'utf8');
    const [emergency, ...others] = builtInHelp(english, region, 'en');
    assert.match(reviewed, new RegExp(`emergency: .number: "${emergency?.number}[" ]`));
    // A line that only takes text messages cannot be called.
    const callable = [...reviewed.matchAll(/reach: "call|poison: |advice: /g)];
    assert.equal(others.length, callable.length);
    for (const { name, number } of others) {
      assert.ok(reviewed.includes(`name: "${name}"`), name);
      assert.ok(new RegExp(`["t ]${number}"`).test(reviewed), number);
    }
  });
}

test('a page that names no region, or none that we know, shows each country with its emergency number', () => {
  for (const region of ['', 'XX']) {
    const lines = builtInHelp(english, region, 'en');
    assert.equal(lines.length, REGIONS.length);
    assert.deepEqual(lines[0], { name: 'United States', number: '911', note: 'Emergency services' });
  }
  assert.equal(builtInHelp(english, 'gb', 'en')[0]?.number, '999');
  assert.equal(builtInHelp(english, '', 'es')[1]?.name, 'Reino Unido');
});

test('every number can be dialled', () => {
  for (const number of knownNumbers) assert.match(telephone(number), /^tel:\d{3,11}$/);
  assert.equal(new Set(knownNumbers).size, knownNumbers.length);
});
