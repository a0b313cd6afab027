import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Memory } from '../src/memory.js';
import type { Outgoing } from '../src/store.js';

class Shelf {
  readonly kept = new Map<string, string>();
  getItem = (key: string): string | null => this.kept.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.kept.set(key, value);
  removeItem = (key: string): void => void this.kept.delete(key);
}

const session = { token: 't', expires_at: '2030-01-01T00:00:00Z' };
const unsent: Outgoing[] = [
  { clientId: 'a', text: 'x', buttonId: null, at: '', delivery: 'failed', reason: '', retryable: true },
];

test('what is remembered is there after a reload, apart for each server', () => {
  const shelf = new Shelf();
  new Memory(shelf, 'one').update({ session, seen: 4, unsent });
  assert.deepEqual(new Memory(shelf, 'one').read(), { session, seen: 4, unsent });
  assert.equal(new Memory(shelf, 'two').read().session, null);
});

test('with nothing to remember nothing is left behind', () => {
  const shelf = new Shelf();
  const memory = new Memory(shelf, 'one');
  memory.update({ session, unsent });
  memory.update({ session: null, seen: 0, unsent: [] });
  assert.equal(shelf.kept.size, 0);
});

test('without storage, or with nonsense in it, the page still works', () => {
  const broken = {
    getItem: () => '{nonsense',
    setItem: () => {
      throw new Error('full');
    },
    removeItem: () => undefined,
  };
  for (const store of [null, broken]) {
    const memory = new Memory(store, 'one');
    assert.equal(memory.read().session, null);
    memory.update({ session });
    assert.deepEqual(memory.read().session, session);
  }
});
