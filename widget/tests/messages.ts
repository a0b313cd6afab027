/** Messages for the tests: a history item with what a test cares about. */

import type { HistoryItem } from '../src/api.js';

export const item = (seq: number, part: Partial<HistoryItem> = {}): HistoryItem => ({
  seq,
  author: 'assistant',
  text: `message ${seq}`,
  citations: [],
  buttons: [],
  topics: [],
  concern: null,
  at: '2026-11-23T09:30:00.000Z',
  role: '',
  client_id: null,
  ...part,
});
