/** Server-sent events read from a fetch body: EventSource cannot send an Authorization header. */

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/** Turns chunks of decoded text, cut anywhere, into events, as the HTML standard's event stream format says. */
export class EventParser {
  #rest = '';

  push(chunk: string): ServerEvent[] {
    const text = this.#rest + chunk;
    // A carriage return that ends the chunk may be half of a pair.
    const held = text.endsWith('\r') ? 1 : 0;
    const blocks = text.slice(0, text.length - held).replace(/\r\n?/g, '\n').split('\n\n');
    this.#rest = blocks.pop() + '\r'.repeat(held);
    return blocks.map(parse).filter((event) => event !== null);
  }
}

function parse(block: string): ServerEvent | null {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
  return data.length ? { event, data: data.join('\n') } : null;
}

/** The events of a body until it ends. `onBytes` is called for every chunk, heartbeat comments included. */
export async function* readEvents(body: ReadableStream<Uint8Array>, onBytes: () => void): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes();
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
