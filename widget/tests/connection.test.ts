import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Api } from '../src/api.js';
import { backOff, Connection, PACE, type Pace, type Store } from '../src/connection.js';
import { Memory } from '../src/memory.js';
import { reduce, start, type Action, type State } from '../src/store.js';
import { FrontDoor } from './front-door.js';

const QUICK: Pace = { first: 10, longest: 40, silence: 2_000, typing: 60, tabs: 5 };

class Page implements Store {
  state: State = start;
  readonly seen: Action[] = [];
  readonly memory: Memory;
  readonly connection: Connection;

  constructor(origin: string, memory = new Memory(null, null, origin), pace = QUICK) {
    this.memory = memory;
    this.connection = new Connection(new Api(origin), memory, this, () => ({ region: 'US', language: 'en' }), '', pace);
  }

  dispatch(action: Action): void {
    this.seen.push(action);
    this.state = reduce(this.state, action);
  }

  write(text: string, buttonId: string | null = null): void {
    this.connection.send({ clientId: `id-${text}`, text, buttonId });
  }

  get texts(): string[] {
    return this.state.entries.map((entry) => entry.text);
  }
}

let door: FrontDoor;
let pages: Page[];

beforeEach(async () => {
  door = await new FrontDoor().open();
  pages = [];
});

afterEach(async () => {
  for (const page of pages) page.connection.stop();
  await door.close();
});

const open = (memory?: Memory, pace?: Pace): Page => {
  const page = new Page(door.origin, memory, pace);
  pages.push(page);
  return page;
};

async function until(holds: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 3_000;
  while (!holds()) {
    assert.ok(Date.now() < end, `waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const listening = (page: Page): Promise<void> =>
  until(() => door.last.streams.size === 1 && page.state.online, 'the stream to open');

test('no session is made before the first message', async () => {
  await open().connection.start();
  assert.equal(door.conversations.size, 0);
});

test('a message is sent once and the reply comes in', async () => {
  const page = open();
  page.write('hello');
  await until(() => page.texts.length === 1 && page.state.outbox.length === 0, 'the message to be taken');
  await listening(page);
  door.say({ text: 'good day' });
  await until(() => page.texts.length === 2, 'the reply');
  assert.deepEqual(page.texts, ['hello', 'good day']);
  assert.deepEqual(door.posts, [{ client_id: 'id-hello', text: 'hello' }]);
});

test('messages written at once arrive in that order, in one session', async () => {
  const page = open();
  for (const text of ['1', '2', '3', '4']) page.write(text);
  await until(() => page.texts.length === 4, 'all messages');
  assert.deepEqual(page.texts, ['1', '2', '3', '4']);
  assert.equal(door.conversations.size, 1);
});

test('a button goes by its id', async () => {
  const page = open();
  page.write('Yes', 'b1');
  await until(() => page.state.outbox.length === 0, 'the button to be taken');
  assert.deepEqual(door.posts, [{ client_id: 'id-Yes', button_id: 'b1' }]);
});

test('an answer that got lost does not double the message', async () => {
  const page = open();
  door.loseNextAnswer = true;
  page.write('once');
  await until(() => door.posts.length >= 2 && page.texts.length === 1 && !page.state.outbox.length, 'the second try');
  assert.equal(door.last.items.length, 1);
});

test('a passing failure is tried again by itself, a refusal is not', async () => {
  const page = open();
  door.refusals.push(503, 0);
  page.write('patience');
  await until(() => page.texts.includes('patience'), 'the third try');
  door.refusals.push(422);
  page.write('never');
  await until(() => page.state.outbox[0]?.delivery === 'failed', 'the refusal');
  await new Promise((resolve) => setTimeout(resolve, 120));
  assert.equal(door.posts.filter((post) => post.text === 'never').length, 1);
  const { reason, retryable } = page.state.outbox[0]!;
  assert.deepEqual([reason, retryable], ['Refused with 422.', false]);
});

test('what was said while the stream was down comes once it is back', async () => {
  const page = open();
  page.write('hello');
  await until(() => page.texts.length === 1, 'the message');
  await listening(page);
  door.dropStreams();
  for (let number = 1; number <= 7; number += 1) door.say({ text: `missed ${number}` });
  await until(() => page.texts.length === 8, 'the missed messages');
  assert.deepEqual(page.texts.slice(1), [1, 2, 3, 4, 5, 6, 7].map((number) => `missed ${number}`));
});

test('a server that restarts is found again, and says so only if it stayed away', async () => {
  const page = open();
  page.write('hello');
  await until(() => page.texts.length === 1, 'the message');
  await listening(page);
  await door.close();
  await until(() => !page.state.online, 'the loss to be noticed');
  page.write('meanwhile');
  await until(() => page.state.outbox[0]?.delivery === 'failed', 'the failure');
  await door.open();
  await until(() => page.texts.includes('meanwhile') && page.state.online, 'the return');
  assert.deepEqual(page.texts, ['hello', 'meanwhile']);
});

test('a stream that falls silent is opened anew', async () => {
  const page = open(undefined, { ...QUICK, silence: 50 });
  page.write('hello');
  await until(() => page.texts.length === 1, 'the message');
  await listening(page);
  const [first] = door.last.streams;
  await until(() => door.last.streams.size === 1 && !door.last.streams.has(first!), 'another stream');
});

test('a stream that leaves out the patient’s own messages still gives them in their place', async () => {
  door.showsPatient = false;
  const page = open();
  page.write('one');
  await until(() => page.texts.length === 1, 'the first message');
  await listening(page);
  page.write('two');
  await until(() => door.last.items.length === 2 && page.state.outbox[0]?.delivery !== 'sending', 'the second message');
  door.say({ text: 'reply' });
  await until(() => page.texts.length === 3, 'the reply');
  assert.deepEqual(page.texts, ['one', 'two', 'reply']);
  const steps = page.seen.filter((action) => action.type === 'received').flatMap((action) => action.items);
  assert.ok(steps.findIndex(({ text }) => text === 'two') < steps.findIndex(({ text }) => text === 'reply'));
});

test('a reload goes on with the same conversation and sends what was not sent', async () => {
  const shelf = new Map<string, string>();
  const storage = {
    getItem: (key: string) => shelf.get(key) ?? null,
    setItem: (key: string, value: string) => void shelf.set(key, value),
    removeItem: (key: string) => void shelf.delete(key),
  };
  const first = open(new Memory(storage, null, door.origin));
  first.write('hello');
  await until(() => first.texts.length === 1, 'the message');
  door.refusals.push(503);
  first.write('later');
  await until(() => first.state.outbox[0]?.delivery === 'failed', 'the failure');
  first.connection.stop();

  const second = open(new Memory(storage, null, door.origin));
  await second.connection.start();
  await until(() => second.texts.length === 2, 'both messages');
  assert.deepEqual(second.texts, ['hello', 'later']);
  assert.equal(door.conversations.size, 1);
});

test('when the session has ended, the message goes to a new one, a button by its words', async () => {
  const page = open();
  page.write('hello');
  await until(() => page.texts.length === 1, 'the message');
  await listening(page);
  door.conversations.clear();
  page.write('Yes', 'b1');
  await until(() => page.state.epoch === 1 && page.texts.length === 1, 'the new session');
  assert.deepEqual(page.state.earlier.map((entry) => entry.text), ['hello']);
  assert.deepEqual(page.texts, ['Yes']);
  assert.equal(page.state.ended, true);
  assert.equal(door.conversations.size, 1);
});

test('a stream that says the session is over ends it; the next message starts another', async () => {
  const page = open();
  page.write('hello');
  await until(() => page.texts.length === 1, 'the message');
  await listening(page);
  door.emit('end', { reason: 'expired' });
  await until(() => page.state.ended, 'the end');
  assert.equal(page.connection.hasSession, false);
  assert.equal(door.conversations.size, 1);
  page.write('again');
  await until(() => page.texts.includes('again'), 'the next message');
  assert.equal(door.conversations.size, 2);
});

test('a conversation that was deleted elsewhere is gone here too', async () => {
  const page = open();
  page.write('hello');
  await until(() => page.texts.length === 1, 'the message');
  await listening(page);
  door.emit('end', { reason: 'deleted' });
  await until(() => page.texts.length === 0, 'the end');
  assert.equal(page.state.ended, false);
  assert.equal(page.connection.hasSession, false);
});

test('deleting empties page and memory and repeats what the server says', async () => {
  const page = open();
  page.write('hello');
  await until(() => page.texts.length === 1, 'the message');
  await listening(page);
  assert.deepEqual(await page.connection.delete(), { outcome: 'deleted', note: 'All deleted.' });
  assert.equal(page.texts.length, 0);
  assert.deepEqual(page.memory.read(), { session: null, seen: 0, unsent: [] });
  assert.equal(door.conversations.size, 0);
});

test('a deletion that did not happen is not claimed', async () => {
  const page = open();
  page.write('hello');
  await until(() => page.texts.length === 1, 'the message');
  await door.close();
  assert.equal((await page.connection.delete()).outcome, 'failed');
  assert.deepEqual(page.texts, ['hello']);
  await door.open();
  door.conversations.clear();
  assert.equal((await page.connection.delete()).outcome, 'ended');
});

test('the typing sign follows the server and never stays for good', async () => {
  const page = open();
  page.write('hello');
  await until(() => page.texts.length === 1, 'the message');
  await listening(page);
  door.emit('typing', { typing: true });
  await until(() => page.state.typing, 'the sign');
  await until(() => !page.state.typing, 'the sign to go by itself');
});

test('nonsense on the stream is passed over', async () => {
  const page = open();
  page.write('hello');
  await until(() => page.texts.length === 1, 'the message');
  await listening(page);
  for (const stream of door.last.streams) stream.write('data: {broken\n\nevent: other\ndata: 1\n\ndata: {"seq":"x"}\n\n');
  door.say({ text: 'sense' });
  await until(() => page.texts.length === 2, 'the message after it');
});

test('waits double up to the longest and are spread', () => {
  for (let attempt = 0; attempt < 12; attempt += 1) {
    const ceiling = Math.min(PACE.longest, PACE.first * 2 ** attempt);
    assert.equal(backOff(attempt, PACE, () => 0), ceiling / 2);
    assert.ok(backOff(attempt, PACE) <= ceiling);
  }
});
