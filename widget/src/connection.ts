/** Keeps the conversation and the server in step: sessions, sending in order, the stream, catching up, other tabs. */

import { historyItem, Problem, told, type Api, type Outbound, type Session } from './api.js';
import type { Memory } from './memory.js';
import type { ServerEvent } from './sse.js';
import { lastSeq, nextToSend, type Action, type State } from './store.js';
import { Tabs, type Said } from './tabs.js';

export interface Store {
  readonly state: State;
  dispatch(action: Action): void;
}

export interface Place {
  readonly region: string;
  readonly language: string;
}

/** Milliseconds. The server's heartbeats must come well within `silence`, and within half of it after a sleep. */
export interface Pace {
  readonly first: number;
  readonly longest: number;
  readonly silence: number;
  readonly typing: number;
  /** How long other tabs have to say that they have a conversation. */
  readonly tabs: number;
}

export const PACE: Pace = { first: 1_000, longest: 30_000, silence: 40_000, typing: 60_000, tabs: 80 };

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

type Timer = ReturnType<typeof setTimeout> | undefined;

export class Connection {
  readonly #tabs: Tabs;
  /** Set while this tab follows a conversation, whether it holds the stream or another tab does. */
  #following: AbortController | null = null;
  /** One wait for the lead and the time as leader after it. */
  #turn: AbortController | null = null;
  #reading: AbortController | null = null;
  #leads = false;
  #steal = false;
  /** When the server, or the tab that leads, was last heard. */
  #heard = 0;
  #sending = false;
  #resends = 0;
  #resend: Timer;
  #typing: Timer;
  #watch: Timer;
  #endPause: () => void = () => undefined;

  /** `name` is what the tabs of this conversation know each other by; without one the tab is on its own. */
  constructor(
    private readonly api: Api,
    private readonly memory: Memory,
    private readonly store: Store,
    private readonly place: () => Place,
    name = '',
    private readonly pace: Pace = PACE,
  ) {
    this.#tabs = new Tabs(name, (said) => this.#hear(said));
  }

  get hasSession(): boolean {
    return this.memory.read().session !== null;
  }

  /** Takes up the conversation that this tab remembers or that another tab has, if any. */
  async start(): Promise<void> {
    const { session, seen, unsent } = this.memory.read();
    this.store.dispatch({ type: 'restored', seen, outbox: unsent });
    this.#tabs.say({ who: true });
    if (session && Date.parse(session.expires_at) <= Date.now()) this.#end(session.token);
    else if (session) {
      await this.#catchUp();
      this.#listen();
    }
    this.store.dispatch({ type: 'loading', on: false });
    this.retryAll();
  }

  /** Closes the stream, the talk with other tabs and every timer; the conversation stays. */
  stop(): void {
    this.#unfollow();
    this.#tabs.close();
    clearTimeout(this.#resend);
    clearTimeout(this.#typing);
  }

  /** Call when the network or the page is back: waits end at once, and a stream that slept is opened anew. */
  wake(): void {
    this.#endPause();
    if (Date.now() - this.#heard > this.pace.silence / 2) this.#revive();
    this.retryAll();
  }

  /** Call when the browser says that the network is gone. */
  offline(): void {
    if (!this.#following) return;
    this.store.dispatch({ type: 'online', on: false });
    this.#reading?.abort();
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
    const seq = lastSeq(this.store.state);
    if (seq <= this.store.state.seen) return;
    this.#tell({ type: 'seen', seq });
    if (this.hasSession) this.memory.update({ seen: seq });
  }

  /** Deletes the conversation on the server, then here and in the other tabs. */
  async delete(): Promise<Deletion> {
    const { session } = this.memory.read();
    if (!session) return { outcome: 'ended', note: '' };
    try {
      const note = await this.api.deleteSession(session.token);
      this.#forget();
      return { outcome: 'deleted', note };
    } catch (error) {
      if (!expired(error)) return { outcome: 'failed', note: '' };
      this.#end(session.token);
      return { outcome: 'ended', note: '' };
    }
  }

  #forget(): void {
    this.#beat({ type: 'deleted' });
    this.#clear();
  }

  #clear(): void {
    this.#unfollow();
    this.memory.forget();
    this.store.dispatch({ type: 'deleted' });
  }

  // --- sending

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
    return session ? session.token : this.#tabs.alone('start', () => this.#newSession());
  }

  /** Two tabs that begin at the same moment begin one conversation. */
  async #newSession(): Promise<string> {
    if (this.#tabs.shared) {
      this.#tabs.say({ who: true });
      await new Promise((resolve) => setTimeout(resolve, this.pace.tabs));
      const { session } = this.memory.read();
      if (session) return session.token;
    }
    const { region, language } = this.place();
    const made = await this.api.createSession(region, language);
    this.memory.update({ session: made, seen: 0 });
    this.#tabs.say({ session: made, seen: 0 });
    return made.token;
  }

  #remember(): void {
    this.memory.update({ unsent: this.store.state.outbox.filter((message) => message.delivery !== 'sent') });
  }

  /** The server no longer knows this token. Whoever finds that out second changes nothing. */
  #end(token: string): void {
    if (this.memory.read().session?.token !== token) return;
    this.#unfollow();
    this.memory.update({ session: null, seen: 0 });
    this.#tabs.say({ token, action: { type: 'ended' } });
    this.store.dispatch({ type: 'ended' });
    this.#remember();
  }

  // --- other tabs

  /** Says what happened here and in the other tabs that show the conversation. */
  #tell(action: Action): void {
    this.store.dispatch(action);
    this.#beat(action);
  }

  #beat(action: Action | null = null): void {
    const { session } = this.memory.read();
    if (session) this.#tabs.say({ token: session.token, action });
  }

  #hear({ who, session, seen = 0, token, action }: Said): void {
    const own = this.memory.read().session;
    if (who && own) this.#tabs.say({ session: own, seen: this.store.state.seen });
    if (who && own) this.#beat({ type: 'told', told: this.store.state.told });
    if (session && !own) void this.#adopt(session, seen);
    if (!own || token !== own.token) return;
    this.#heard = Date.now();
    if (action?.type === 'ended') this.#end(token);
    else if (action?.type === 'deleted') this.#clear();
    else if (action?.type === 'received') void this.#receive(action);
    else if (action) this.store.dispatch(action);
  }

  /** Takes up the conversation of another tab. */
  async #adopt(session: Session, seen: number): Promise<void> {
    this.memory.update({ session, seen });
    this.store.dispatch({ type: 'loading', on: true });
    this.store.dispatch({ type: 'seen', seq: seen });
    await this.#catchUp();
    this.#listen();
    this.store.dispatch({ type: 'loading', on: false });
  }

  // --- receiving

  #listen(): void {
    const { session } = this.memory.read();
    if (this.#following || !session) return;
    this.#following = new AbortController();
    this.#heard = Date.now();
    void this.#follow(session.token, this.#following.signal);
    this.#keepWatch();
  }

  #unfollow(): void {
    clearTimeout(this.#watch);
    this.#following?.abort();
    this.#turn?.abort();
    this.#reading?.abort();
    this.#following = null;
  }

  /** Waits for its turn to hold the stream, again and again. */
  async #follow(token: string, stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      const turn = new AbortController();
      this.#turn = turn;
      const steal = this.#steal;
      this.#steal = false;
      try {
        await this.#tabs.lead(token.slice(-8), turn.signal, steal, () => this.#lead(token, turn.signal));
      } catch {
        // The wait was ended, or another tab took over because this one slept.
      }
      turn.abort();
      this.#reading?.abort();
    }
  }

  /** The stream, or the tab that holds it, has been silent for too long: a new stream, here. */
  #revive(): void {
    if (!this.#following) return;
    this.#heard = Date.now();
    if (this.#leads) this.#reading?.abort();
    else {
      this.#steal = true;
      this.#turn?.abort();
    }
    this.#endPause();
  }

  #keepWatch(): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => {
      if (Date.now() - this.#heard > this.pace.silence) this.#revive();
      this.#keepWatch();
    }, this.pace.silence / 4);
  }

  async #lead(token: string, stopped: AbortSignal): Promise<void> {
    this.#leads = true;
    let attempt = 0;
    while (!stopped.aborted) {
      const opened = Date.now();
      let steady = false;
      try {
        await this.#read(token, () => (steady = true));
      } catch (error) {
        if (!stopped.aborted && expired(error)) this.#end(token);
      }
      if (stopped.aborted) break;
      if (steady || Date.now() - opened > this.pace.first * 5) attempt = 0;
      // A server that closes a stream in passing is not worth a word; one that does not come back is.
      if (attempt > 0) this.#tell({ type: 'online', on: false });
      await this.#pause(backOff(attempt, this.pace), stopped);
      attempt += 1;
    }
    this.#leads = false;
  }

  /** One stream from its opening to its end. */
  async #read(token: string, onEvent: () => void): Promise<void> {
    const here = new AbortController();
    this.#reading = here;
    const onBytes = (): void => {
      this.#heard = Date.now();
      this.#beat();
    };
    onBytes();
    const events = await this.api.events(token, lastSeq(this.store.state), here.signal, onBytes);
    onBytes();
    this.#tell({ type: 'online', on: true });
    this.#setTyping(false);
    void this.#catchUp();
    this.retryAll();
    for await (const event of events) {
      if (here.signal.aborted) return;
      onEvent();
      this.#on(event);
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
    if (event === 'case') this.#tell({ type: 'told', told: told(value) });
    // Deleted from another tab or device: gone here too.
    if (event === 'end' && (value as { reason?: unknown } | null)?.reason === 'deleted') this.#forget();
    else if (event === 'end') this.#end(this.memory.read().session?.token ?? '');
    const item = event === 'message' ? historyItem(value) : null;
    if (!item) return;
    if (item.author !== 'patient') this.#setTyping(false);
    const action: Action = { type: 'received', items: [item] };
    this.#beat(action);
    void this.#receive(action);
  }

  /** What came before is fetched first: the list only ever grows at its end, so it is read out in order. */
  async #receive(action: Extract<Action, { type: 'received' }>): Promise<void> {
    const following = this.#following;
    if ((action.items[0]?.seq ?? 0) > lastSeq(this.store.state) + 1) await this.#catchUp();
    if (this.#following === following) this.store.dispatch(action);
  }

  #setTyping(on: boolean): void {
    clearTimeout(this.#typing);
    this.#tell({ type: 'typing', on });
    if (on) this.#typing = setTimeout(() => this.#tell({ type: 'typing', on: false }), this.pace.typing);
  }

  /** Fetches what is stored after the last message here, page by page. */
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
      this.#endPause = done;
    });
  }
}

const expired = (error: unknown): boolean => error instanceof Problem && error.status === 401;
