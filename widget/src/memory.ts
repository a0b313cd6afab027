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
  readonly #key: string;
  #now: Remembered | null = null;

  /** `store` is null where the browser gives none; then a reload starts anew. */
  constructor(
    private readonly store: Store | null,
    server: string,
  ) {
    this.#key = `isotretinoin-assistant:${server}`;
  }

  read(): Remembered {
    if (this.#now) return this.#now;
    try {
      const kept: unknown = JSON.parse(this.store?.getItem(this.#key) ?? 'null');
      this.#now = kept ? { ...NOTHING, ...(kept as Partial<Remembered>) } : NOTHING;
    } catch {
      this.#now = NOTHING;
    }
    return this.#now;
  }

  update(part: Partial<Remembered>): void {
    this.#now = { ...this.read(), ...part };
    try {
      if (this.#now.session || this.#now.unsent.length) this.store?.setItem(this.#key, JSON.stringify(this.#now));
      else this.store?.removeItem(this.#key);
    } catch {
      // Storage is full or forbidden: the conversation still works until the page is left.
    }
  }
}
