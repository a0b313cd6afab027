import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cited, paragraphs, plain, spoken, type Line } from '../src/citations.js';

const source = (number: number) => ({ number, fact: `M${number}`, source: 'Isotretinoin', section: 'Usage' });
const text = (line: Line): string => line.map((piece) => piece.text).join('');
const none = { numbers: [], hosts: [] };
const kinds = (line: Line): string[] => line.map((piece) => piece.kind);

test('a number in brackets becomes a citation where the message has that source', () => {
  const line = cited('Never double [1]. Ask first [2].', [source(1), source(2)], none);
  assert.deepEqual(kinds(line), ['text', 'citation', 'text', 'citation', 'text']);
  assert.equal(line[1]?.kind === 'citation' && line[1].citation.fact, 'M1');
});

test('brackets without a source stay words', () => {
  assert.deepEqual(cited('See [3], [x], [], [1', [source(1)], none), [{ kind: 'text', text: 'See [3], [x], [], [1' }]);
});

test('a citation does not stand alone at the start of a line', () => {
  assert.equal(text(cited('Never double [1].', [source(1)], none)), 'Never double\u00a0[1].');
});

test('no character is lost or made up, whatever stands in the text', () => {
  const bits = ['[1]', '[2]', '[99]', '<b>', '&amp;', 'call 911', ' ', '\t', '💊', 'مرحبا', '[', ']', '\u202e', '1-800-222-1222', 'https://clinic.example/a', 'https://evil.example'];
  for (let round = 0; round < 500; round += 1) {
    const line = Array.from({ length: 8 }, () => bits[Math.floor(Math.random() * bits.length)]).join('');
    const pieces = cited(line, [source(1), source(2)], { numbers: ['911'], hosts: ['clinic.example'] });
    assert.equal(text(pieces).replaceAll('\u00a0', ' '), line);
  }
});

test('paragraphs and line breaks are kept', () => {
  const cut = (words: string): string[][] => paragraphs(words, plain).map((lines) => lines.map(text));
  assert.deepEqual(cut('One.\r\nTwo.\n\n \n\nThree.'), [['One.', 'Two.'], ['Three.']]);
  assert.deepEqual(cut('- a\n- b'), [['- a', '- b']]);
  assert.deepEqual(cut('\n\n'), []);
});

test('what is read out has no citation marks and loses nothing else', () => {
  assert.equal(spoken('Call today [1]. Keep [x] and [7].', [source(1)]), 'Call today. Keep [x] and [7].');
});
