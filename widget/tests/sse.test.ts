import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventParser, readEvents, type ServerEvent } from '../src/sse.js';

const parse = (...chunks: string[]): ServerEvent[] => {
  const parser = new EventParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
};

test('an event has a name and data', () => {
  assert.deepEqual(parse('id: 7\nevent: message\ndata: {"a":1}\n\n'), [{ event: 'message', data: '{"a":1}' }]);
});

test('an event without a name is a message, and data lines are joined', () => {
  assert.deepEqual(parse('data: one\ndata:two\ndata\n\n'), [{ event: 'message', data: 'one\ntwo\n' }]);
});

test('comments, unknown fields and events without data give nothing', () => {
  assert.deepEqual(parse(': still here\n\nretry: 2000\n\nevent: typing\n\n'), []);
});

test('the name does not carry over to the next event', () => {
  assert.deepEqual(parse('event: typing\ndata: a\n\ndata: b\n\n')[1], { event: 'message', data: 'b' });
});

test('an unfinished event is kept back', () => {
  assert.deepEqual(parse('data: half\n'), []);
});

test('wherever the stream is cut, the events are the same', () => {
  for (const end of ['\n', '\r', '\r\n']) {
    const stream = ['id: 1', 'event: message', 'data: é 1', '', ': hello', '', 'data: 2', 'data: 3', '', ''].join(end);
    const whole = parse(stream, '\n');
    assert.equal(whole.length, 2, JSON.stringify(end));
    for (let cut = 0; cut <= stream.length; cut += 1) {
      for (let next = cut; next <= stream.length; next += 1) {
        const parts = [stream.slice(0, cut), stream.slice(cut, next), stream.slice(next), '\n'];
        assert.deepEqual(parse(...parts), whole, `${JSON.stringify(end)} cut at ${cut} and ${next}`);
      }
    }
  }
});

test('bytes are decoded across chunk borders, and every chunk counts as a sign of life', async () => {
  const bytes = new TextEncoder().encode('data: naïve 💊\n\n: beat\n\ndata: end\n\n');
  let alive = 0;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  const seen: string[] = [];
  for await (const { data } of readEvents(body, () => (alive += 1))) seen.push(data);
  assert.deepEqual(seen, ['naïve 💊', 'end']);
  assert.equal(alive, bytes.length);
});

test('who stops reading closes the body', async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('data: 1\n\ndata: 2\n\n')),
    cancel: () => void (cancelled = true),
  });
  for await (const { data } of readEvents(body, () => undefined)) {
    assert.equal(data, '1');
    break;
  }
  assert.ok(cancelled);
});
