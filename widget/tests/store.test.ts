import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrivals, isUrgent, isUsed, lastSeq, nextToSend, reduce, start, unread, type Action, type State } from '../src/store.js';
import { item } from './messages.js';

const run = (...actions: Action[]): State => actions.reduce(reduce, start);
const composed = (clientId: string, text: string, buttonId: string | null = null): Action => ({
  type: 'composed',
  message: { clientId, text, buttonId },
  at: '2026-11-23T09:29:00.000Z',
});
const delivery = (clientId: string, to: 'sending' | 'sent' | 'failed', more = {}): Action => ({
  type: 'delivery',
  clientId,
  delivery: to,
  ...more,
});
const received = (...items: ReturnType<typeof item>[]): Action => ({ type: 'received', items });
const seqs = (state: State): number[] => state.entries.map((entry) => entry.seq);

test('messages stand in the order of their numbers, each once, in whatever order and how often they come', () => {
  const all = [1, 2, 3, 4, 5, 6].map((seq) => item(seq));
  for (let round = 0; round < 200; round += 1) {
    const shuffled = [...all, ...all].sort(() => Math.random() - 0.5);
    let state = start;
    while (shuffled.length) state = reduce(state, received(...shuffled.splice(0, 1 + Math.floor(Math.random() * 4))));
    assert.deepEqual(seqs(state), [1, 2, 3, 4, 5, 6]);
    assert.equal(new Set(state.entries.map((entry) => entry.key)).size, 6);
  }
});

test('nothing new leaves the state as it is, so that nothing is drawn again', () => {
  const state = run(received(item(1)));
  assert.equal(reduce(state, received(item(1))), state);
  assert.equal(reduce(state, { type: 'typing', on: false }), state);
  assert.equal(reduce(state, { type: 'online', on: true }), state);
});

test('a message goes from sending over sent to the server’s own copy', () => {
  let state = run(composed('a', 'Is it safe?'));
  assert.equal(nextToSend(state)?.clientId, 'a');
  state = reduce(state, delivery('a', 'sent'));
  assert.equal(nextToSend(state), undefined);
  assert.equal(state.outbox.length, 1);
  state = reduce(state, received(item(1, { author: 'patient', text: 'Is it safe?', client_id: 'a' })));
  assert.deepEqual([state.outbox.length, seqs(state)], [0, [1]]);
});

test('the copy may come before the acceptance, and after a failure that was none', () => {
  const copy = received(item(1, { author: 'patient', text: 'hello', client_id: 'a' }));
  assert.equal(run(composed('a', 'hello'), copy, delivery('a', 'sent')).outbox.length, 0);
  assert.equal(run(composed('a', 'hello'), delivery('a', 'failed'), copy).outbox.length, 0);
});

test('a repeated client id decides which message it is, whatever the text', () => {
  const copy = (client_id: string): Action => received(item(1, { author: 'patient', text: 'ok', client_id }));
  assert.deepEqual(run(composed('a', 'ok'), composed('b', 'x'), copy('b')).outbox.map((one) => one.clientId), ['a']);
  assert.equal(run(composed('a', 'ok'), copy('another-tab')).outbox.length, 1);
});

test('an assistant’s or clinician’s message is never taken for the patient’s', () => {
  const state = run(composed('a', 'same'), delivery('a', 'sent'), received(item(1, { text: 'same' })));
  assert.equal(state.outbox.length, 1);
});

test('a failed message keeps its words, its reason and its place; trying again sends the same id', () => {
  let state = run(composed('a', 'first'), composed('b', 'second'), delivery('a', 'failed', { reason: 'Busy.', retryable: true }));
  assert.deepEqual(state.outbox.map((message) => [message.text, message.delivery, message.reason]), [
    ['first', 'failed', 'Busy.'],
    ['second', 'sending', ''],
  ]);
  state = reduce(state, delivery('a', 'sending'));
  assert.deepEqual([nextToSend(state)?.clientId, nextToSend(state)?.reason], ['a', '']);
});

test('a used button stays used, also after a reload; taking the message back frees it', () => {
  const [yes, no] = [{ id: 'x', title: 'Yes' }, { id: 'y', title: 'No' }];
  const offer = received(item(1, { buttons: [yes, no] }));
  let state = run(offer, composed('a', 'Yes', 'x'));
  const entry = state.entries[0]!;
  assert.deepEqual([isUsed(state, entry, yes), isUsed(state, entry, no)], [true, false]);
  const reloaded = run(offer, received(item(2, { author: 'patient', text: 'Yes' })));
  assert.deepEqual([isUsed(reloaded, reloaded.entries[0]!, yes), isUsed(reloaded, reloaded.entries[0]!, no)], [true, false]);
  state = reduce(state, { type: 'discarded', clientId: 'a' });
  assert.equal(isUsed(state, entry, yes), false);
  assert.equal(state.outbox.length, 0);
});

test('what the clinic has is replaced as a whole and ends with the session', () => {
  const told = { reference: 'ABC-DEF', at: '2026-11-23T14:05:00.000Z', seen_at: null };
  const state = run({ type: 'told', told });
  assert.equal(reduce(state, { type: 'told', told: { ...told } }), state);
  assert.equal(reduce(state, { type: 'told', told: null }).told, null);
  assert.equal(reduce(state, { type: 'ended' }).told, null);
});

test('when a session ends its messages stay, its buttons do not work, and unsent words go to the next one', () => {
  const before = run(
    received(item(1), item(2, { buttons: [{ id: 'x', title: 'Yes' }] })),
    composed('a', 'Yes', 'x'),
    composed('b', 'accepted'),
    delivery('b', 'sent'),
    { type: 'ended' },
  );
  assert.deepEqual(before.earlier.map((entry) => entry.seq), [1, 2]);
  assert.ok(before.ended);
  assert.deepEqual(before.outbox.map((message) => [message.clientId, message.buttonId]), [['a', null]]);
  assert.ok(isUsed(before, before.earlier[1]!, { id: 'x', title: 'Yes' }));
  assert.equal(lastSeq(before), 0);
  const after = reduce(before, received(item(1, { text: 'anew' })));
  assert.deepEqual(seqs(after), [1]);
  assert.equal(new Set([...after.earlier, ...after.entries].map((entry) => entry.key)).size, 3);
});

test('deleting leaves nothing', () => {
  const state = run(received(item(1)), composed('a', 'x'), { type: 'ended' }, received(item(1)), { type: 'deleted' });
  assert.deepEqual({ ...state, epoch: 0 }, { ...start, loading: false });
});

test('a reply ends the typing sign, the patient’s own copy does not', () => {
  const typing: Action = { type: 'typing', on: true };
  assert.equal(run(typing, received(item(1, { author: 'patient' }))).typing, true);
  assert.equal(run(typing, received(item(1))).typing, false);
  assert.equal(run(typing, received(item(1, { author: 'clinician' }))).typing, false);
});

test('unread counts what others wrote since the patient looked', () => {
  let state = run(received(item(1), item(2, { author: 'patient' }), item(3, { author: 'clinician' })));
  assert.equal(unread(state), 2);
  state = reduce(state, { type: 'seen', seq: 3 });
  assert.equal(unread(state), 0);
  assert.equal(unread(reduce(state, received(item(4)))), 1);
});

test('arrivals are what one step added', () => {
  const before = run(received(item(1), item(2)));
  const after = reduce(before, received(item(2), item(3)));
  assert.deepEqual(arrivals(before, after).map((entry) => entry.seq), [3]);
  assert.deepEqual(arrivals(after, reduce(after, { type: 'typing', on: true })), []);
  assert.deepEqual(arrivals(after, reduce(after, { type: 'ended' })), []);
});

test('urgent is what the assistant says about a concern; asking for a person is no alarm', () => {
  assert.ok(isUrgent(item(1, { concern: 'concern_pregnancy' })));
  assert.ok(isUrgent(item(1, { concern: 'concern_of_tomorrow' })));
  assert.ok(!isUrgent(item(1, { concern: 'request_human' })));
  assert.ok(!isUrgent(item(1)));
  assert.ok(!isUrgent(item(1, { concern: 'concern_mood', author: 'patient' })));
});
