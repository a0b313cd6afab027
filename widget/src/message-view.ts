/** How one message looks. Text goes in as text nodes only. */

import { html, nothing, type TemplateResult } from 'lit';
import type { HistoryItem, QuickReply } from './api.js';
import { cited, paragraphs, plain, type Line, type Paragraph } from './citations.js';
import { clinicianIcon, urgentIcon } from './icons.js';
import { phonePieces, type PhonePiece, type TextPiece } from './phones.js';
import { isUrgent, type Entry, type Outgoing } from './store.js';
import type { Strings } from './strings.js';

export interface Look {
  readonly words: Strings;
  /** Numbers of help lines, which become links where they stand in a text. */
  readonly numbers: readonly string[];
  readonly clock: Intl.DateTimeFormat;
}

export interface MessageContext extends Look {
  /** Which sources of the message are open: all, one number, or none. */
  readonly open: number | 'all' | null;
  readonly isLastOwn: boolean;
  toggleSource(which: number | 'all'): void;
  isUsed(reply: QuickReply): boolean;
  choose(reply: QuickReply): void;
}

const time = (at: string, clock: Intl.DateTimeFormat): TemplateResult | typeof nothing => {
  const when = new Date(at);
  return Number.isNaN(when.getTime()) ? nothing : html`<time datetime=${at}>${clock.format(when)}</time>`;
};

const bubble = (text: readonly Paragraph[], line: (pieces: Line) => unknown): TemplateResult =>
  html`<div class="bubble">
    ${text.map((lines) => html`<p dir="auto">${lines.map((pieces, at) => html`${at ? html`<br />` : nothing}${line(pieces)}`)}</p>`)}
  </div>`;

const word = (piece: TextPiece | PhonePiece, words: Strings): unknown =>
  piece.kind === 'text'
    ? piece.text
    : html`<a href=${piece.href} aria-label=${words.call(piece.text)}>${piece.text}</a>`;

const own = (text: string): TemplateResult =>
  bubble(paragraphs(text, plain), (pieces) => pieces.map((piece) => piece.text));

/** A patient's message that waits for the server. Not announced: the patient has just written it. */
export function outgoingView(
  message: Outgoing,
  { words, numbers, clock }: Look,
  onRetry: () => void,
  onEdit: () => void,
): TemplateResult {
  const failed = message.delivery === 'failed';
  return html`<li class="message patient ${message.delivery}" aria-live="off">
    <span class="unseen">${words.youSaid}: </span>
    ${own(message.text)}
    <div class="meta">
      ${failed
        ? html`<span class="error"
              >${words.failed} ${phonePieces(message.reason || words.failedReason, numbers).map((piece) => word(piece, words))}</span
            >
            ${message.retryable
              ? html`<button type="button" @click=${onRetry}>${words.retry}</button>`
              : html`<button type="button" @click=${onEdit}>${words.edit}</button>`}`
        : html`${time(message.at, clock)} <span>${words[message.delivery === 'sent' ? 'sent' : 'sending']}</span>`}
    </div>
  </li>`;
}

export function entryView(entry: Entry, context: MessageContext): TemplateResult {
  const { words, clock } = context;
  if (entry.author === 'patient') {
    return html`<li class="message patient" aria-live="off">
      <span class="unseen">${words.youSaid}: </span>
      ${own(entry.text)}
      <div class="meta">${time(entry.at, clock)} ${context.isLastOwn ? html`<span>${words.sent}</span>` : nothing}</div>
    </li>`;
  }
  const urgent = isUrgent(entry);
  // Urgent text is announced once, by the assertive region.
  return html`<li
    class="message ${entry.author} ${urgent ? 'urgent' : ''}"
    data-key=${entry.key}
    aria-live=${urgent ? 'off' : nothing}
  >
    ${label(entry, urgent, words)} ${answer(entry, context)} ${sources(entry, context)}
    <div class="meta">${time(entry.at, clock)} ${sourcesToggle(entry, context)}</div>
    ${replies(entry, context)}
  </li>`;
}

function label(item: HistoryItem, urgent: boolean, words: Strings): TemplateResult {
  if (urgent) return html`<div class="who">${urgentIcon} ${words.urgentLabel}</div>`;
  if (item.author === 'clinician') return html`<div class="who">${clinicianIcon} ${words.clinicianSaid}</div>`;
  return html`<span class="unseen">${words.assistantSaid}: </span>`;
}

const sourcesId = (entry: Entry): string => `sources-${entry.key}`;

function answer(entry: Entry, { words, numbers, open, toggleSource }: MessageContext): TemplateResult {
  return bubble(
    paragraphs(entry.text, (line) => cited(line, entry.citations, numbers)),
    (pieces) =>
      pieces.map((piece) => {
        if (piece.kind !== 'citation') return word(piece, words);
        const { number, source } = piece.citation;
        return html`<button
          type="button"
          class="cite"
          aria-label=${words.sourceLabel(number, source)}
          aria-expanded=${open === 'all' || open === number}
          aria-controls=${sourcesId(entry)}
          @click=${() => toggleSource(number)}
          >${piece.text}</button
        >`;
      }),
  );
}

function sources(entry: Entry, { words, open }: MessageContext): TemplateResult {
  const shown = entry.citations.filter(({ number }) => open === 'all' || open === number);
  return html`<div id=${sourcesId(entry)} class="sources" ?hidden=${!shown.length}>
    ${shown.map(
      ({ number, source, section }) => html`<p><b>[${number}] ${source}</b><br />${words.section(section)}</p>`,
    )}
  </div>`;
}

function sourcesToggle(entry: Entry, { words, open, toggleSource }: MessageContext): TemplateResult | typeof nothing {
  const { length } = entry.citations;
  if (!length) return nothing;
  return html`<button
    type="button"
    aria-expanded=${open === 'all'}
    aria-controls=${sourcesId(entry)}
    @click=${() => toggleSource('all')}
  >
    ${words.sources(length)}
  </button>`;
}

function replies(entry: Entry, { words, isUsed, choose }: MessageContext): TemplateResult | typeof nothing {
  if (!entry.buttons.length) return nothing;
  return html`<div class="replies" role="group" aria-label=${words.quickReplies}>
    ${entry.buttons.map((reply) => {
      const used = isUsed(reply);
      // Kept focusable when used, so that keyboard focus does not fall back to the top of the page.
      return html`<button
        type="button"
        class="reply"
        dir="auto"
        aria-disabled=${used ? 'true' : nothing}
        @click=${() => used || choose(reply)}
      >
        ${reply.title}
      </button>`;
    })}
  </div>`;
}
