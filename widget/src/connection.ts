/** Keeps the conversation and the server in step: sessions, sending in order, the stream, catching up. */

import { historyItem, Problem, type Api, type Outbound } from './api.js';
import type { Memory } from './memory.js';
import type { ServerEvent } from './sse.js';
import { lastSeq, nextToSend, type Action, type State } from './store.js';

export interface Store {
  readonly state: State;
  dispatch(action: Action): void;
}

export interface Place {
  readonly region: string;
  readonly language: string;
}

/** Milliseconds. The server's heartbeats must come well within `silence`. */
export interface Pace {
  readonly first: number;
  readonly longest: number;
  readonly silence: number;
  readonly typing: number;
}

export const PACE: Pace = { first: 1_000, longest: 30_000, silence: 45_000, typing: 60_000 };

/** The wait before try number `attempt` (from 0): doubling, and spread so that widgets do not come back all at once. */
export function backOff(attempt: number, pace: Pace, random: () => number = Math.random): number {
  const ceiling = Math.min(pace.longest, pace.first * 2 ** attempt);
  return ceiling * (0.5 + random() / 2);
}

export interface Deletion {
  readonly outcome: 'deleted' | 'ended' | 'failed';
  /** What the server says was deleted and what was kept, in plain words; may be empty. */
  readonly note: string;
}

export class Connection {
  #stream: AbortController | null = null;
  #sending = false;
  #resend: ReturnType<typeof setTimeout> | undefined;
  #resends = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #wake: () => void = () => undefined;

  constructor(
    private readonly api: Api,
    private readonly memory: Memory,
    private readonly store: Store,
    private readonly place: () => Place,
    private readonly pace: Pace = PACE,
  ) {}

  get hasSession(): boolean {
    return this.memory.read().session !== null;
  }

  /** Takes up the conversation that this tab remembers, if any. */
  async start(): Promise<void> {
    const { session, seen, unsent } = this.memory.read();
    this.store.dispatch({ type: 'restored', seen, outbox: unsent });
    if (session && Date.parse(session.expires_at) <= Date.now()) this.#end(session.token);
    else if (session) {
      await this.#catchUp();
      this.#listen();
    }
    this.retryAll();
  }

  /** Closes the stream and every timer; the conversation stays. */
  stop(): void {
    this.#stream?.abort();
    this.#stream = null;
    clearTimeout(this.#resend);
    clearTimeout(this.#typing);
  }

  /** Call when the network or the page is back: waits that are under way end at once. */
  wake(): void {
    this.#wake();
    this.retryAll();
  }

  send(message: Outbound): void {
    this.store.dispatch({ type: 'composed', message, at: new Date().toISOString() });
    void this.#flush();
  }

  retry(clientId: string): void {
    this.store.dispatch({ type: 'delivery', clientId, delivery: 'sending' });
    void this.#flush();
  }

  retryAll(): void {
    clearTimeout(this.#resend);
    for (const { clientId, delivery, retryable } of this.store.state.outbox) {
      if (delivery === 'failed' && retryable) this.store.dispatch({ type: 'delivery', clientId, delivery: 'sending' });
    }
    void this.#flush();
  }

  discard(clientId: string): void {
    this.store.dispatch({ type: 'discarded', clientId });
    this.#remember();
  }

  seen(): void {
    this.store.dispatch({ type: 'seen' });
    if (this.hasSession) this.memory.update({ seen: this.store.state.seen });
  }

  /** Deletes the conversation on the server, then here. */
  async delete(): Promise<Deletion> {
    const { session } = this.memory.read();
    if (!session) return { outcome: 'ended', note: '' };
    try {
      const note = await this.api.deleteSession(session.token);
      this.stop();
      this.memory.update({ session: null, seen: 0, unsent: [] });
      this.store.dispatch({ type: 'deleted' });
      return { outcome: 'deleted', note };
    } catch (error) {
      if (!expired(error)) return { outcome: 'failed', note: '' };
      this.#end(session.token);
      return { outcome: 'ended', note: '' };
    }
  }

  /** One message at a time, oldest first, so that the server gets them in the order they were written. */
  async #flush(): Promise<void> {
    this.#remember();
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let next = nextToSend(this.store.state); next; next = nextToSend(this.store.state)) {
        await this.#deliver(next);
        this.#remember();
      }
    } finally {
      this.#sending = false;
    }
  }

  async #deliver(message: Outbound, fresh = false): Promise<void> {
    const { clientId } = message;
    let token = '';
    try {
      token = await this.#token();
      await this.api.send(token, message);
      this.#resends = 0;
      this.store.dispatch({ type: 'delivery', clientId, delivery: 'sent' });
      this.#listen();
    } catch (error) {
      // Deleted by the patient while it was under way.
      if (!this.store.state.outbox.some((waiting) => waiting.clientId === clientId)) return;
      if (expired(error) && !fresh) {
        this.#end(token);
        await this.#deliver({ ...message, buttonId: null }, true);
        return;
      }
      const retryable = !(error instanceof Problem) || error.passing;
      const reason = error instanceof Problem ? error.detail : '';
      this.store.dispatch({ type: 'delivery', clientId, delivery: 'failed', reason, retryable });
      if (retryable) this.#resendLater();
    }
  }

  #resendLater(): void {
    clearTimeout(this.#resend);
    this.#resend = setTimeout(() => this.retryAll(), backOff((this.#resends += 1), this.pace));
  }

  async #token(): Promise<string> {
    const { session } = this.memory.read();
    if (session) return session.token;
    const { region, language } = this.place();
    const made = await this.api.createSession(region, language);
    this.memory.update({ session: made, seen: 0 });
    return made.token;
  }

  #remember(): void {
    this.memory.update({ unsent: this.store.state.outbox.filter((message) => message.delivery !== 'sent') });
  }

  /** The server no longer knows this token. Whoever finds that out second changes nothing. */
  #end(token: string): void {
    if (this.memory.read().session?.token !== token) return;
    this.#stream?.abort();
    this.#stream = null;
    this.memory.update({ session: null, seen: 0 });
    this.store.dispatch({ type: 'ended' });
    this.#remember();
  }

  #listen(): void {
    const { session } = this.memory.read();
    if (this.#stream || !session) return;
    this.#stream = new AbortController();
    void this.#follow(session.token, this.#stream.signal);
  }

  async #follow(token: string, stopped: AbortSignal): Promise<void> {
    let attempt = 0;
    while (!stopped.aborted) {
      const opened = Date.now();
      let steady = false;
      try {
        await this.#read(token, stopped, () => (steady = true));
      } catch (error) {
        if (!stopped.aborted && expired(error)) this.#end(token);
      }
      if (stopped.aborted) return;
      if (steady || Date.now() - opened > this.pace.first * 5) attempt = 0;
      // A server that closes a stream in passing is not worth a word; one that does not come back is.
      if (attempt > 0) this.store.dispatch({ type: 'online', on: false });
      await this.#pause(backOff(attempt, this.pace), stopped);
      attempt += 1;
    }
  }

  /** One stream from its opening to its end. */
  async #read(token: string, stopped: AbortSignal, onEvent: () => void): Promise<void> {
    const here = new AbortController();
    const abort = (): void => here.abort();
    stopped.addEventListener('abort', abort);
    let watch = setTimeout(abort, this.pace.silence);
    const onBytes = (): void => {
      clearTimeout(watch);
      watch = setTimeout(abort, this.pace.silence);
    };
    try {
      const events = await this.api.events(token, lastSeq(this.store.state), here.signal, onBytes);
      this.store.dispatch({ type: 'online', on: true });
      this.#setTyping(false);
      void this.#catchUp();
      this.retryAll();
      for await (const event of events) {
        onEvent();
        this.#on(event);
      }
    } finally {
      clearTimeout(watch);
      stopped.removeEventListener('abort', abort);
    }
  }

  #on({ event, data }: ServerEvent): void {
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      return;
    }
    if (event === 'typing') this.#setTyping((value as { typing?: unknown } | null)?.typing === true);
    if (event === 'end') this.#end(this.memory.read().session?.token ?? '');
    const item = event === 'message' ? historyItem(value) : null;
    if (!item) return;
    if (item.author !== 'patient') this.#setTyping(false);
    const stream = this.#stream;
    const receive = (): void => {
      if (this.#stream === stream) this.store.dispatch({ type: 'received', items: [item] });
    };
    // What came before is fetched first: the list only ever grows at its end, so it is read out in order.
    if (item.seq > lastSeq(this.store.state) + 1) void this.#catchUp().then(receive);
    else receive();
  }

  #setTyping(on: boolean): void {
    clearTimeout(this.#typing);
    this.store.dispatch({ type: 'typing', on });
    if (on) this.#typing = setTimeout(() => this.store.dispatch({ type: 'typing', on: false }), this.pace.typing);
  }

  /** Fetches what is stored after message `after`, page by page. */
  async #catchUp(): Promise<void> {
    const { session } = this.memory.read();
    if (!session) return;
    try {
      for (;;) {
        const after = lastSeq(this.store.state);
        const items = await this.api.history(session.token, after);
        // Deleted or ended in the meantime: these messages belong to nothing on the page.
        if (this.memory.read().session?.token !== session.token) return;
        this.store.dispatch({ type: 'received', items });
        if (lastSeq(this.store.state) === after) return;
      }
    } catch (error) {
      // The stream goes on from the last message, so a failure here loses nothing.
      if (expired(error)) this.#end(session.token);
    }
  }

  #pause(milliseconds: number, stopped: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        stopped.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      stopped.addEventListener('abort', done);
      this.#wake = done;
    });
  }
}

const expired = (error: unknown): boolean => error instanceof Problem && error.status === 401;
