import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkPieces } from '../src/links.js';

const targets = { numbers: ['911'], hosts: ['clinic.example', 'www.clinic.example:8443'] };
const hrefs = (text: string): string[] =>
  linkPieces(text, targets).flatMap((piece) => (piece.kind === 'text' ? [] : [piece.href]));

for (const [text, ...expected] of [
  ['See https://clinic.example/care?x=1#top.', 'https://clinic.example/care?x=1#top'],
  ['(https://clinic.example/a), then call 911', 'https://clinic.example/a', 'tel:911'],
  ['https://www.clinic.example:8443/', 'https://www.clinic.example:8443/'],
] as const) {
  test(`leads where the clinic allows: ${text}`, () => assert.deepEqual(hrefs(text), expected));
}

for (const text of [
  'https://evil.example/911',
  'https://clinic.example.evil.example/',
  'https://clinic.example@evil.example/',
  'https://user:pw@clinic.example/',
  'https://clinic.example:444/',
  'http://clinic.example/',
  'javascript:alert(1)//https:',
  'data:text/html,<script>alert(1)</script>',
  '<a href="https://evil.example">clinic.example</a>',
  'https://',
  '//clinic.example/',
]) {
  test(`leads nowhere: ${text}`, () => assert.deepEqual(hrefs(text), []));
}

test('the text around addresses is kept', () => {
  const text = 'a https://clinic.example/x, b https://evil.example. c';
  assert.equal(linkPieces(text, targets).map((piece) => piece.text).join(''), text);
});
