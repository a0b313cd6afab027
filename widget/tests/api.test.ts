import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helpLines, historyItem } from '../src/api.js';
import { item } from './messages.js';

test('a full message comes through as it is', () => {
  const full = item(3, {
    citations: [{ number: 1, fact: 'M15', source: 'Isotretinoin', section: 'Usage' }],
    buttons: [{ id: 'b', title: 'Yes' }],
    topics: ['alcohol'],
    concern: 'concern_mood',
  });
  assert.deepEqual(historyItem({ ...full, client_id: undefined }), full);
});

test('what is missing or of the wrong kind becomes empty, so that a page never breaks', () => {
  const odd = { seq: 1, author: 'assistant', text: null, citations: 'x', buttons: [null, { id: 1 }], topics: 7, concern: '' };
  assert.deepEqual(historyItem(odd), item(1, { text: '', at: '' }));
});

test('what is no message is refused', () => {
  for (const value of [null, 'x', [], {}, { seq: '1', author: 'patient' }, { seq: 1.5, author: 'patient' }, { seq: 1, author: 'x' }]) {
    assert.equal(historyItem(value), null, JSON.stringify(value));
  }
});

test('help lines need a name and a number', () => {
  const good = { name: 'Emergency services', number: '911', note: '' };
  assert.deepEqual(helpLines({ lines: [good, { name: 'x' }, null] }), [good]);
  assert.deepEqual(helpLines(null), []);
});
