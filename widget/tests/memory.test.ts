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
  const tab = new Shelf();
  new Memory(tab, new Shelf(), 'one').update({ session, seen: 4, unsent });
  assert.deepEqual(new Memory(tab, null, 'one').read(), { session, seen: 4, unsent });
  assert.equal(new Memory(tab, null, 'two').read().session, null);
});

test('nothing is kept on the device unless the patient asks for it, and then without what is not sent', () => {
  const device = new Shelf();
  const memory = new Memory(new Shelf(), device, 'one');
  memory.update({ session, seen: 4, unsent });
  assert.equal(device.kept.size, 0);
  assert.equal(memory.lasting, false);
  memory.keep(true);
  memory.update({ seen: 5 });
  assert.deepEqual(new Memory(new Shelf(), device, 'one').read(), { session, seen: 5, unsent: [] });
  memory.keep(false);
  assert.equal(device.kept.size, 0);
  assert.deepEqual(memory.read().session, session);
});

test('the wish to be remembered may come before the first message', () => {
  const device = new Shelf();
  const memory = new Memory(new Shelf(), device, 'one');
  memory.keep(true);
  memory.update({ session });
  assert.deepEqual(new Memory(null, device, 'one').read().session, session);
});

test('what the tab remembers goes before what the device does', () => {
  const [tab, device] = [new Shelf(), new Shelf()];
  new Memory(null, device, 'one').keep(true);
  new Memory(null, device, 'one').update({ session });
  new Memory(tab, null, 'one').update({ session: { ...session, token: 'tab' } });
  assert.equal(new Memory(tab, device, 'one').read().session?.token, 'tab');
});

test('forgetting leaves nothing behind', () => {
  const [tab, device] = [new Shelf(), new Shelf()];
  const memory = new Memory(tab, device, 'one');
  memory.keep(true);
  memory.update({ session, unsent });
  memory.forget();
  assert.equal(tab.kept.size + device.kept.size, 0);
  assert.equal(memory.read().session, null);
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
    const memory = new Memory(store, store, 'one');
    assert.equal(memory.read().session, null);
    memory.update({ session });
    assert.deepEqual(memory.read().session, session);
  }
});
