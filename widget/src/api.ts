/** The front door's widget API: the shapes on the wire and one method a call. */

import { readEvents, type ServerEvent } from './sse.js';

export type Author = 'patient' | 'assistant' | 'clinician';

export interface Citation {
  readonly number: number;
  readonly fact: string;
  readonly source: string;
  readonly section: string;
}

export interface QuickReply {
  readonly id: string;
  readonly title: string;
}

/** Times are ISO 8601. `seen_at` is null while no clinician has seen it. */
export interface Told {
  readonly reference: string;
  readonly at: string;
  readonly seen_at: string | null;
}

export interface HistoryItem {
  readonly seq: number;
  readonly author: Author;
  readonly text: string;
  readonly citations: readonly Citation[];
  readonly buttons: readonly QuickReply[];
  readonly topics: readonly string[];
  readonly concern: string | null;
  readonly at: string;
  /** What kind of clinician wrote, such as a nurse; empty when the server does not say. */
  readonly role: string;
  /** The id that the widget gave a patient's message, where the server repeats it. */
  readonly client_id: string | null;
}

export interface HelpLine {
  readonly name: string;
  readonly number: string;
  readonly note: string;
}

export interface Session {
  readonly token: string;
  readonly expires_at: string;
}

export interface Outbound {
  readonly clientId: string;
  readonly text: string;
  readonly buttonId: string | null;
}

/** An answer of the server that is not a success. `detail` is in plain words, or empty. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
  ) {
    super(`HTTP ${status}`);
  }

  /** Whether the same request may succeed later. */
  get passing(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

type Json = Record<string, unknown>;

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const objects = (value: unknown): Json[] => (Array.isArray(value) ? value.map(object) : []);

/** A message as the server sent it, or null when it is not one: nothing that is odd reaches the page. */
export function historyItem(value: unknown): HistoryItem | null {
  const item = object(value);
  const { seq, author } = item;
  if (!Number.isInteger(seq) || !/^(patient|assistant|clinician)$/.test(text(author))) return null;
  return {
    seq: seq as number,
    author: author as Author,
    text: text(item.text),
    citations: objects(item.citations).map((citation) => ({
      number: Number(citation.number),
      fact: text(citation.fact),
      source: text(citation.source),
      section: text(citation.section),
    })),
    buttons: objects(item.buttons)
      .map((button) => ({ id: text(button.id), title: text(button.title) }))
      .filter((button) => button.id && button.title),
    topics: Array.isArray(item.topics) ? item.topics.map(text) : [],
    concern: text(item.concern) || null,
    at: text(item.at),
    role: text(item.role),
    client_id: text(item.client_id) || null,
  };
}

/** What the clinic has, as the server sent it; null when there is nothing that may be said. */
export function told(value: unknown): Told | null {
  const { reference, at, seen_at: seenAt } = object(value);
  return text(at) ? { reference: text(reference), at: text(at), seen_at: text(seenAt) || null } : null;
}

/** Help lines as the server sent them; those without a name or a number are left out. */
export function helpLines(value: unknown): HelpLine[] {
  return objects(object(value).lines)
    .map((line) => ({ name: text(line.name), number: text(line.number), note: text(line.note) }))
    .filter((line) => line.name && line.number);
}

const REQUEST_MS = 20_000;

export class Api {
  /** `server` is an origin without a path, or empty for the page's own. */
  constructor(private readonly server: string) {}

  async createSession(region: string, language: string): Promise<Session> {
    // Without a region the clinic's own setting decides.
    const made = object(await this.#json('POST', '/session', '', { ...(region && { region }), language }));
    const token = text(made.token);
    if (!token) throw new Problem(502, '');
    return { token, expires_at: text(made.expires_at) };
  }

  async send(token: string, { clientId, text: words, buttonId }: Outbound): Promise<void> {
    const content = buttonId === null ? { text: words } : { button_id: buttonId };
    await this.#json('POST', '/messages', token, { client_id: clientId, ...content });
  }

  async history(token: string, after: number): Promise<HistoryItem[]> {
    const page = await this.#json('GET', `/history?after=${after}`, token);
    return objects(object(page).messages)
      .map(historyItem)
      .filter((item) => item !== null);
  }

  async help(region: string, language: string): Promise<HelpLine[]> {
    const asked = new URLSearchParams({ ...(region && { region }), lang: language });
    return helpLines(await this.#json('GET', `/help?${asked}`, ''));
  }

  /** The widget's own words in a language, such as `es`. */
  async words(language: string): Promise<Json> {
    return object(await this.#json('GET', `/words/${encodeURIComponent(language)}.json`, ''));
  }

  /** Returns what the server says was deleted and what was kept. */
  async deleteSession(token: string): Promise<string> {
    return text(object(await this.#json('DELETE', '/session', token)).note);
  }

  /** Opens the stream of what follows message `after`. Resolves once the server has accepted it. */
  async events(
    token: string,
    after: number,
    signal: AbortSignal,
    onBytes: () => void,
  ): Promise<AsyncGenerator<ServerEvent>> {
    const response = await this.#fetch('/events', {
      headers: { Authorization: `Bearer ${token}`, Accept: 'text/event-stream', 'Last-Event-ID': String(after) },
      signal,
    });
    if (!response.body) throw new Problem(502, '');
    return readEvents(response.body, onBytes);
  }

  async #json(method: string, path: string, token: string, body?: unknown): Promise<unknown> {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), REQUEST_MS);
    try {
      const response = await this.#fetch(path, {
        method,
        headers,
        signal: timeout.signal,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer = await response.text();
      return answer ? JSON.parse(answer) : null;
    } finally {
      clearTimeout(timer);
    }
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const response = await fetch(`${this.server}/widget/v1${path}`, {
      ...init,
      credentials: 'omit',
      cache: 'no-store',
    });
    if (response.ok) return response;
    const problem: unknown = await response.json().catch(() => null);
    throw new Problem(response.status, text(object(problem).detail));
  }
}
