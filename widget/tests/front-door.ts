/** A front door for the tests: a real HTTP server that keeps conversations in memory and can be made to fail. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HistoryItem } from '../src/api.js';
import { item } from './messages.js';

interface Conversation {
  readonly items: HistoryItem[];
  readonly streams: Set<ServerResponse>;
  readonly taken: Map<string, string>;
}

export class FrontDoor {
  readonly conversations = new Map<string, Conversation>();
  readonly posts: Record<string, unknown>[] = [];
  /** Statuses to answer the next posts of messages with, instead of taking them; 0 cuts the connection. */
  readonly refusals: number[] = [];
  /** Answers the next post after having taken it by cutting the connection. */
  loseNextAnswer = false;
  /** Whether streams show the patient's own messages too. */
  showsPatient = true;
  #server: Server | null = null;
  #port = 0;
  #made = 0;

  async open(): Promise<this> {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve) => this.#server?.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get last(): Conversation {
    const last = [...this.conversations.values()].at(-1);
    if (!last) throw new Error('no conversation');
    return last;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    await new Promise((resolve) => {
      server?.close(resolve);
      server?.closeAllConnections();
    });
  }

  dropStreams(): void {
    for (const { streams } of this.conversations.values()) for (const stream of streams) stream.destroy();
  }

  say(part: Partial<HistoryItem>, conversation = this.last): void {
    const said = item(conversation.items.length + 1, part);
    conversation.items.push(said);
    if (said.author === 'patient' && !this.showsPatient) return;
    this.emit('message', said, conversation);
  }

  emit(event: string, data: unknown, conversation = this.last): void {
    for (const stream of conversation.streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = chunks.length ? (JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>) : {};
    const { pathname, searchParams } = new URL(request.url ?? '/', this.origin);
    const call = `${request.method} ${pathname.replace('/widget/v1', '')}`;
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const conversation = this.conversations.get(token);

    if (call === 'POST /session') {
      this.#made += 1;
      this.conversations.set(`token-${this.#made}`, { items: [], streams: new Set(), taken: new Map() });
      return json(response, 201, { token: `token-${this.#made}`, expires_at: '2099-01-01T00:00:00.000Z' });
    }
    if (!conversation) return json(response, 401, { status: 401, detail: 'This chat has ended.' });
    if (call === 'DELETE /session') {
      this.conversations.delete(token);
      return json(response, 200, { note: 'All deleted.' });
    }
    if (call === 'GET /history') {
      const after = Number(searchParams.get('after'));
      return json(response, 200, { messages: conversation.items.filter(({ seq }) => seq > after).slice(0, 3) });
    }
    if (call === 'GET /events') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(': open\n\n');
      conversation.streams.add(response);
      response.on('close', () => conversation.streams.delete(response));
      return;
    }
    if (call === 'POST /messages') return this.#take(conversation, body, response);
    return json(response, 404, {});
  }

  #take(conversation: Conversation, body: Record<string, string>, response: ServerResponse): void {
    this.posts.push(body);
    const refusal = this.refusals.shift();
    if (refusal === 0) return void response.destroy();
    if (refusal) return json(response, refusal, { status: refusal, detail: `Refused with ${refusal}.` });
    const { client_id: clientId = '', text, button_id: buttonId } = body;
    if (!conversation.taken.has(clientId)) {
      conversation.taken.set(clientId, clientId);
      this.say({ author: 'patient', text: text ?? `button ${buttonId}`, client_id: clientId }, conversation);
    }
    if (this.loseNextAnswer) {
      this.loseNextAnswer = false;
      return void response.destroy();
    }
    return json(response, 202, { message_id: clientId });
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'Content-Type': type }).end(JSON.stringify(body));
}
