/** What the widget knows, and the one function that changes it. Pure: no clock, no network, no page. */

import type { HistoryItem, Outbound, QuickReply, Told } from './api.js';

export type Delivery = 'sending' | 'sent' | 'failed';

/** A message of this patient that the server has not shown back yet. */
export interface Outgoing extends Outbound {
  readonly at: string;
  readonly delivery: Delivery;
  /** Why it failed, in the server's plain words; empty when the server did not say. */
  readonly reason: string;
  /** Whether sending the same message again may work. */
  readonly retryable: boolean;
}

/** A stored message. `key` is its own also where several sessions stand under each other. */
export interface Entry extends HistoryItem {
  readonly key: string;
}

export interface State {
  /** Which session the entries belong to, counted in this page. */
  readonly epoch: number;
  /** Messages of sessions that have ended: shown, no longer answerable. */
  readonly earlier: readonly Entry[];
  /** Whether the patient must be told that an earlier session ended. */
  readonly ended: boolean;
  readonly entries: readonly Entry[];
  readonly outbox: readonly Outgoing[];
  /** What the server says about the clinic: that it has been told, and whether somebody has seen it. */
  readonly told: Told | null;
  /** Until the remembered conversation is here, nothing of it is read out. */
  readonly loading: boolean;
  readonly typing: boolean;
  readonly online: boolean;
  /** The highest message number that the patient has had before their eyes. */
  readonly seen: number;
}

export type Action =
  | { readonly type: 'restored'; readonly seen: number; readonly outbox: readonly Outgoing[] }
  | { readonly type: 'composed'; readonly message: Outbound; readonly at: string }
  | {
      readonly type: 'delivery';
      readonly clientId: string;
      readonly delivery: Delivery;
      readonly reason?: string;
      readonly retryable?: boolean;
    }
  | { readonly type: 'discarded'; readonly clientId: string }
  | { readonly type: 'received'; readonly items: readonly HistoryItem[] }
  | { readonly type: 'typing'; readonly on: boolean }
  | { readonly type: 'online'; readonly on: boolean }
  | { readonly type: 'told'; readonly told: Told | null }
  | { readonly type: 'loading'; readonly on: boolean }
  | { readonly type: 'seen'; readonly seq: number }
  | { readonly type: 'ended' }
  | { readonly type: 'deleted' };

export const start: State = {
  epoch: 0,
  earlier: [],
  ended: false,
  entries: [],
  outbox: [],
  told: null,
  loading: true,
  typing: false,
  online: true,
  seen: 0,
};

export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case 'restored':
      return { ...state, seen: action.seen, outbox: action.outbox };
    case 'composed': {
      const message: Outgoing = { ...action.message, at: action.at, delivery: 'sending', reason: '', retryable: false };
      return { ...state, outbox: [...state.outbox, message] };
    }
    case 'delivery': {
      const { clientId, delivery, reason = '', retryable = false } = action;
      return {
        ...state,
        outbox: state.outbox.map((message) =>
          message.clientId === clientId ? { ...message, delivery, reason, retryable } : message,
        ),
      };
    }
    case 'discarded':
      return { ...state, outbox: state.outbox.filter((message) => message.clientId !== action.clientId) };
    case 'received':
      return receive(state, action.items);
    case 'typing':
      return state.typing === action.on ? state : { ...state, typing: action.on };
    case 'online':
      return state.online === action.on ? state : { ...state, online: action.on };
    case 'told':
      return same(state.told, action.told) ? state : { ...state, told: action.told };
    case 'loading':
      return state.loading === action.on ? state : { ...state, loading: action.on };
    case 'seen':
      return state.seen >= action.seq ? state : { ...state, seen: action.seq };
    case 'ended':
      return {
        ...start,
        loading: false,
        epoch: state.epoch + 1,
        ended: true,
        earlier: [...state.earlier, ...state.entries],
        // A button of the session that ended means nothing to the next one; its words do.
        outbox: state.outbox
          .filter((message) => message.delivery !== 'sent')
          .map((message) => ({ ...message, buttonId: null })),
      };
    case 'deleted':
      return { ...start, loading: false, epoch: state.epoch + 1 };
  }
}

export const lastSeq = (state: State): number => state.entries.at(-1)?.seq ?? 0;

export const nextToSend = (state: State): Outgoing | undefined =>
  state.outbox.find((message) => message.delivery === 'sending');

/** How many messages from the other side came since the patient last looked. */
export const unread = (state: State): number =>
  state.entries.filter((entry) => entry.author !== 'patient' && entry.seq > state.seen).length;

/** The messages that `after` has and `before` had not. */
export function arrivals(before: State, after: State): Entry[] {
  if (before.entries === after.entries || before.epoch !== after.epoch) return [];
  const known = new Set(before.entries.map((entry) => entry.seq));
  return after.entries.filter((entry) => !known.has(entry.seq));
}

/** Whether a message tells the patient what to do now. Asking for a person is a concern that needs no alarm. */
export const isUrgent = (item: HistoryItem): boolean =>
  item.author === 'assistant' && item.concern !== null && item.concern !== 'request_human';

/** Whether a quick reply has been pressed, in this tab or another, or belongs to a session that has ended. */
export function isUsed({ entries, outbox }: State, entry: Entry, { id, title }: QuickReply): boolean {
  return (
    !entries.includes(entry) ||
    outbox.some((message) => message.buttonId === id) ||
    entries.some(({ author, seq, text }) => author === 'patient' && seq > entry.seq && text === title)
  );
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

function receive(state: State, items: readonly HistoryItem[]): State {
  const entries = new Map(state.entries.map((entry) => [entry.seq, entry]));
  let { outbox, typing } = state;
  for (const item of [...items].sort((one, other) => one.seq - other.seq)) {
    if (entries.has(item.seq)) continue;
    // The server repeats the id that this widget gave the message.
    outbox = outbox.filter((message) => message.clientId !== item.client_id);
    if (item.author !== 'patient') typing = false;
    entries.set(item.seq, { ...item, key: `${state.epoch}-${item.seq}` });
  }
  if (entries.size === state.entries.length) return state;
  return { ...state, outbox, typing, entries: [...entries.values()].sort((one, other) => one.seq - other.seq) };
}
