/** What outlives a reload: the session, how far the patient has read, and what is not sent yet. */

import type { Session } from './api.js';
import type { Outgoing } from './store.js';

export interface Remembered {
  readonly session: Session | null;
  readonly seen: number;
  readonly unsent: readonly Outgoing[];
}

const NOTHING: Remembered = { session: null, seen: 0, unsent: [] };

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Keyed by server, so that two clinics on one page never share a conversation. */
export class Memory {
  #now: Remembered | null = null;

  /**
   * `tab` ends with the tab; `device` is used only after the patient has asked for it. Either is null where the
   * browser gives none; then a reload starts anew.
   */
  constructor(
    private readonly tab: Store | null,
    private readonly device: Store | null,
    private readonly key: string,
  ) {}

  read(): Remembered {
    return (this.#now ??= { ...NOTHING, ...this.#stored(this.device), ...this.#stored(this.tab) });
  }

  update(part: Partial<Remembered>): void {
    this.#now = { ...this.read(), ...part };
    const { session, seen, unsent } = this.#now;
    this.#store(this.tab, session || unsent.length ? { ...(session && { session, seen }), unsent } : null);
    // Unsent messages belong to the tab in which they were written.
    if (this.lasting) this.#store(this.device, { session, seen });
  }

  /** Whether the conversation is kept on this device when the browser is closed. */
  get lasting(): boolean {
    return this.#stored(this.device) !== null;
  }

  keep(lasting: boolean): void {
    const { session, seen } = this.read();
    this.#store(this.device, lasting ? { session, seen } : null);
  }

  /** Leaves nothing behind. */
  forget(): void {
    this.keep(false);
    this.update(NOTHING);
  }

  #stored(store: Store | null): Partial<Remembered> | null {
    try {
      return JSON.parse(store?.getItem(this.key) ?? 'null') as Partial<Remembered> | null;
    } catch {
      return null;
    }
  }

  #store(store: Store | null, value: unknown): void {
    try {
      if (value) store?.setItem(this.key, JSON.stringify(value));
      else store?.removeItem(this.key);
    } catch {
      // Storage is full or forbidden: the conversation still works until the page is left.
    }
  }
}
