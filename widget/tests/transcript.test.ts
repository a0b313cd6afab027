import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asText, transcript } from '../src/transcript.js';
import { english } from '../src/words.js';
import { item } from './messages.js';

test('a saved chat says who wrote what and when, with its sources', () => {
  const said = transcript(
    [
      item(1, { author: 'patient', text: 'Two lines\nof <b>text</b>' }),
      item(2, { text: 'Never double [1].', citations: [{ number: 1, fact: 'M15', source: 'Isotretinoin', section: 'Usage' }] }),
      item(3, { author: 'clinician', text: 'Please call us.' }),
      item(4, { author: 'clinician', role: 'Nurse', text: 'Today.' }),
    ],
    english,
    (at) => `at ${at}`,
  );
  assert.equal(
    asText(['Chat', 'Saved today'], said),
    [
      'Chat\nSaved today',
      'You, at 2026-11-23T09:30:00.000Z\nTwo lines\nof <b>text</b>',
      'Assistant, at 2026-11-23T09:30:00.000Z\nNever double [1].\n[1] Isotretinoin. Section: Usage',
      'Your clinic’s care team, at 2026-11-23T09:30:00.000Z\nPlease call us.',
      'Nurse, at 2026-11-23T09:30:00.000Z\nToday.',
      '',
    ].join('\n\n'),
  );
});
