/** How one message looks. Text goes in as text nodes only. */

import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { HistoryItem, QuickReply } from './api.js';
import { cited, paragraphs, plain, type Line, type Paragraph, type Piece } from './citations.js';
import { clinicianIcon, urgentIcon } from './icons.js';
import { linkPieces, type Targets } from './links.js';
import { isUrgent, type Entry, type Outgoing } from './store.js';
import { fill, type Words } from './words.js';

export interface Look {
  readonly words: Words;
  readonly targets: Targets;
  /** How a moment is told, such as "14:05". */
  readonly when: (at: string) => string;
}

export interface MessageContext extends Look {
  /** Which sources of the message are open: all, one number, or none. */
  readonly open: number | 'all' | null;
  readonly isLastOwn: boolean;
  toggleSource(which: number | 'all'): void;
  isUsed(reply: QuickReply): boolean;
  choose(reply: QuickReply): void;
}

type View = TemplateResult | typeof nothing;

const time = (at: string, { when }: Look): View => {
  const told = when(at);
  return told ? html`<time datetime=${at}>${told}</time>` : nothing;
};

/** `lang` is that of the text, where it is known. */
const bubble = (text: readonly Paragraph[], line: (pieces: Line) => unknown, lang: unknown = nothing): TemplateResult =>
  html`<div class="bubble" lang=${lang}>
    ${text.map((lines) => html`<p dir="auto">${lines.map((pieces, at) => html`${at ? html`<br />` : nothing}${line(pieces)}`)}</p>`)}
  </div>`;

function word(piece: Exclude<Piece, { kind: 'citation' }>, words: Words): unknown {
  if (piece.kind === 'text') return piece.text;
  if (piece.kind === 'phone') return html`<a href=${piece.href} aria-label=${fill(words.call, piece.text)}>${piece.text}</a>`;
  return html`<a class="link" href=${piece.href} target="_blank" rel="noopener noreferrer">${piece.text}</a>`;
}

const own = (text: string): TemplateResult =>
  bubble(paragraphs(text, plain), (pieces) => pieces.map((piece) => piece.text));

/** A patient's message that waits for the server. Not announced: the patient has just written it. */
export function outgoingView(message: Outgoing, look: Look, onRetry: () => void, onEdit: () => void): TemplateResult {
  const { words, targets } = look;
  const failed = message.delivery === 'failed';
  return html`<li class="message patient ${message.delivery}" aria-live="off">
    <span class="unseen">${words.you}: </span>
    ${own(message.text)}
    <div class="meta">
      ${failed
        ? html`<span class="error"
              >${words.failed} ${linkPieces(message.reason || words.failedReason, targets).map((piece) => word(piece, words))}</span
            >
            <button type="button" @click=${message.retryable ? onRetry : onEdit}>
              ${message.retryable ? words.retry : words.edit}
            </button>`
        : html`${time(message.at, look)} <span>${words[message.delivery === 'sent' ? 'sent' : 'sending']}</span>`}
    </div>
  </li>`;
}

export function entryView(entry: Entry, context: MessageContext): TemplateResult {
  const { words } = context;
  if (entry.author === 'patient') {
    return html`<li class="message patient" aria-live="off">
      <span class="unseen">${words.you}: </span>
      ${own(entry.text)}
      <div class="meta">${time(entry.at, context)} ${context.isLastOwn ? html`<span>${words.sent}</span>` : nothing}</div>
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
    <div class="meta">${time(entry.at, context)} ${sourcesToggle(entry, context)}</div>
    ${replies(entry, context)}
  </li>`;
}

function label(item: HistoryItem, urgent: boolean, words: Words): TemplateResult {
  if (urgent) return html`<div class="who">${urgentIcon} ${words.urgent}</div>`;
  if (item.author === 'assistant') return html`<span class="unseen">${words.assistant}: </span>`;
  return html`<div class="who">${clinicianIcon} ${words.clinician}${item.role ? `: ${item.role}` : ''}</div>`;
}

const sourcesId = (entry: Entry): string => `sources-${entry.key}`;

function answer(entry: Entry, { words, targets, open, toggleSource }: MessageContext): TemplateResult {
  return bubble(
    paragraphs(entry.text, (line) => cited(line, entry.citations, targets)),
    (pieces) =>
      pieces.map((piece) => {
        if (piece.kind !== 'citation') return word(piece, words);
        const { number, source } = piece.citation;
        // A button may go to a line of its own even after a space that must not break; a word joiner holds it.
        return html`<span class="joined"
          >\u2060<button
            type="button"
            class="cite"
            aria-label=${fill(words.source, number, source)}
            aria-expanded=${open === 'all' || open === number}
            aria-controls=${sourcesId(entry)}
            @click=${() => toggleSource(number)}
            >${piece.text}</button
        ></span>`;
      }),
    entry.author === 'assistant' ? 'en' : nothing,
  );
}

function sources(entry: Entry, { words, open }: MessageContext): TemplateResult {
  const shown = entry.citations.filter(({ number }) => open === 'all' || open === number);
  return html`<div id=${sourcesId(entry)} class="sources" ?hidden=${!shown.length}>
    ${shown.map(
      ({ number, source, section }) => html`<p><b>[${number}] ${source}</b><br />${fill(words.section, section)}</p>`,
    )}
  </div>`;
}

function sourcesToggle(entry: Entry, { words, open, toggleSource }: MessageContext): View {
  const { length } = entry.citations;
  if (!length) return nothing;
  return html`<button
    type="button"
    aria-expanded=${open === 'all'}
    aria-controls=${sourcesId(entry)}
    @click=${() => toggleSource('all')}
  >
    ${length === 1 ? words.sourceOne : fill(words.sourceMany, length)}
  </button>`;
}

function replies(entry: Entry, { words, isUsed, choose }: MessageContext): View {
  if (!entry.buttons.length) return nothing;
  return html`<div class="replies" role="group" aria-label=${words.quickReplies}>
    ${entry.buttons.map((reply) => {
      const used = isUsed(reply);
      // Kept focusable when used, so that keyboard focus does not fall back to the top of the page.
      return html`<button
        type="button"
        class="reply"
        lang="en"
        dir="auto"
        aria-disabled=${used ? 'true' : nothing}
        @click=${() => used || choose(reply)}
      >
        ${reply.title}
      </button>`;
    })}
  </div>`;
}
