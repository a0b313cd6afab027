import assert from 'node:assert/strict';
import { test } from 'node:test';
import { phonePieces, telephone } from '../src/phones.js';
import { knownNumbers } from '../src/help.js';

const known = knownNumbers;
const links = (text: string): string[] =>
  phonePieces(text, known).flatMap((piece) => (piece.kind === 'phone' ? [piece.href] : []));

for (const [text, ...expected] of [
  ['Call 911 now.', 'tel:911'],
  ['Call or text 988, day or night', 'tel:988'],
  ['Samaritans (116 123) listen', 'tel:116123'],
  ['Ring 999 or 112', 'tel:999', 'tel:112'],
  ['Lifeline 13 11 14.', 'tel:131114'],
  ['Poison Help: 1-800-222-1222.', 'tel:18002221222'],
  ['Clinic: (555) 010-0199 or 555 010 0199', 'tel:5550100199', 'tel:5550100199'],
  ['From abroad +44 20 7946 0000', 'tel:+442079460000'],
  ['London 020 7946 0000', 'tel:02079460000'],
  ['Call 1737 or 111', 'tel:1737', 'tel:111'],
] as const) {
  test(`has a number to call: ${text}`, () => assert.deepEqual(links(text), expected));
}

for (const text of [
  'a course of 120 to 150 mg per kg',
  '112 mg a day',
  '111 people took part',
  'about 10,000 people',
  '988%',
  '$911',
  'on 2026-11-23 at 09:30',
  'ratio 1:999',
  'a blood pressure of 112/80',
  'version 1.112',
  '12 345 678 capsules',
  'M15 and A911',
  '0.5 to 1 mg/kg',
  'for 16 weeks, 20 weeks or 911 days',
]) {
  test(`has no number to call: ${text}`, () => assert.deepEqual(links(text), []));
}

test('only digits and a leading plus reach the link', () => {
  assert.equal(telephone('+1 (800) 222-1222'), 'tel:+18002221222');
  assert.equal(telephone('javascript:911'), 'tel:911');
});

test('the text around numbers is kept', () => {
  const text = 'Call 911 or 988 (now).';
  assert.equal(phonePieces(text, known).map((piece) => piece.text).join(''), text);
});
