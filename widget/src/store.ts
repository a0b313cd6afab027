/** What the widget knows, and the one function that changes it. Pure: no clock, no network, no page. */

import type { HistoryItem, Outbound } from './api.js';

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
  readonly usedButtons: readonly string[];
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
  | { readonly type: 'seen' }
  | { readonly type: 'ended' }
  | { readonly type: 'deleted' };

export const start: State = {
  epoch: 0,
  earlier: [],
  ended: false,
  entries: [],
  outbox: [],
  usedButtons: [],
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
      const { buttonId } = action.message;
      return {
        ...state,
        outbox: [...state.outbox, message],
        usedButtons: buttonId === null ? state.usedButtons : [...state.usedButtons, buttonId],
      };
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
    case 'discarded': {
      const gone = state.outbox.find((message) => message.clientId === action.clientId);
      return {
        ...state,
        outbox: state.outbox.filter((message) => message !== gone),
        usedButtons: state.usedButtons.filter((id) => id !== gone?.buttonId),
      };
    }
    case 'received':
      return receive(state, action.items);
    case 'typing':
      return state.typing === action.on ? state : { ...state, typing: action.on };
    case 'online':
      return state.online === action.on ? state : { ...state, online: action.on };
    case 'seen':
      return state.seen === lastSeq(state) ? state : { ...state, seen: lastSeq(state) };
    case 'ended':
      return {
        ...start,
        epoch: state.epoch + 1,
        ended: true,
        earlier: [...state.earlier, ...state.entries],
        // A button of the session that ended means nothing to the next one; its words do.
        outbox: state.outbox
          .filter((message) => message.delivery !== 'sent')
          .map((message) => ({ ...message, buttonId: null })),
      };
    case 'deleted':
      return { ...start, epoch: state.epoch + 1 };
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

export function isUsed(state: State, entry: Entry, buttonId: string): boolean {
  return !state.entries.includes(entry) || state.usedButtons.includes(buttonId);
}

function receive(state: State, items: readonly HistoryItem[]): State {
  const entries = new Map(state.entries.map((entry) => [entry.seq, entry]));
  let { outbox, typing } = state;
  for (const item of [...items].sort((one, other) => one.seq - other.seq)) {
    if (entries.has(item.seq)) continue;
    const own = item.author === 'patient' ? echoOf(outbox, item) : undefined;
    if (own) outbox = outbox.filter((message) => message !== own);
    if (item.author !== 'patient') typing = false;
    entries.set(item.seq, { ...item, key: `${state.epoch}-${item.seq}` });
  }
  if (entries.size === state.entries.length) return state;
  return { ...state, outbox, typing, entries: [...entries.values()].sort((one, other) => one.seq - other.seq) };
}

/** The server may have cleaned the text, so words are compared without what cleaning touches. */
const bare = (words: string): string => words.normalize('NFKC').replace(/[\p{C}\p{Z}]+/gu, '');

/** Which waiting message a patient's message from the server is. Messages are sent one by one, so order decides ties. */
function echoOf(outbox: readonly Outgoing[], item: HistoryItem): Outgoing | undefined {
  if (item.client_id !== null) return outbox.find((message) => message.clientId === item.client_id);
  return (
    outbox.find((message) => bare(message.text) === bare(item.text)) ??
    outbox.find((message) => message.delivery === 'sent')
  );
}
