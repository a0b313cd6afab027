/**
 * The tabs of one browser that show the same conversation. They tell each other what happens, and one of them holds
 * the stream: over HTTP/1.1 a browser opens six connections to a server, so a seventh stream would stop everything.
 */

import type { Session } from './api.js';
import type { Action } from './store.js';

/** `who`: a tab asks for a conversation. `session`: here is one. `token`: something happened in that conversation. */
export interface Said {
  readonly who?: true;
  readonly session?: Session;
  readonly seen?: number;
  readonly token?: string;
  /** What happened; null is a sign of life. */
  readonly action?: Action | null;
}

/** Without a name, or where the browser has no such thing as tabs that talk, this tab is on its own. */
export class Tabs {
  readonly #channel: BroadcastChannel | null;
  readonly #locks: LockManager | undefined;

  constructor(
    private readonly name = '',
    hear: (said: Said) => void = () => undefined,
  ) {
    // Without locks every tab has a stream of its own and needs nobody's news.
    this.#locks = name && 'BroadcastChannel' in globalThis ? globalThis.navigator?.locks : undefined;
    this.#channel = this.#locks ? new BroadcastChannel(name) : null;
    if (this.#channel) this.#channel.onmessage = ({ data }) => hear(data as Said);
  }

  /** Whether there may be others. */
  get shared(): boolean {
    return this.#channel !== null;
  }

  say(said: Said): void {
    this.#channel?.postMessage(said);
  }

  close(): void {
    this.#channel?.close();
  }

  /** Runs the work while no other tab runs work of that name. */
  async alone<T>(what: string, work: () => Promise<T>): Promise<T> {
    return this.#locks ? ((await this.#locks.request(`${this.name} ${what}`, work)) as T) : work();
  }

  /**
   * Waits until this tab is the one that leads, then runs the work; `steal` does not wait. Rejects when `stopped` ends
   * the waiting, or when another tab has stolen the lead: the work must be ended by the caller then.
   */
  async lead(what: string, stopped: AbortSignal, steal: boolean, work: () => Promise<void>): Promise<void> {
    if (!this.#locks) return work();
    await this.#locks.request(`${this.name} ${what}`, steal ? { steal } : { signal: stopped }, work);
  }
}
