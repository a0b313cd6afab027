/** What stands around the messages: notice and examples before the first, the banner, the sheets under the header. */

import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { HelpLine, Told } from './api.js';
import { toldIcon } from './icons.js';
import { telephone } from './phones.js';
import { fill, type Words } from './words.js';

export function noticeView(words: Words, retentionDays: string | null): TemplateResult {
  const kept = retentionDays ? fill(words.keptDays, retentionDays) : words.kept;
  return html`<div class="notice" role="note" aria-labelledby="notice-title">
    <h3 id="notice-title">${words.noticeTitle}</h3>
    ${words.notice.map((paragraph) => html`<p>${paragraph}</p>`)}
    <p>${kept} ${words.keptHere}</p>
  </div>`;
}

export function examplesView(words: Words, onAsk: (example: string) => void): TemplateResult {
  return html`<div class="examples" role="group" aria-labelledby="examples-title">
    <h3 id="examples-title">${words.examplesTitle}</h3>
    <div class="replies">
      ${words.examples.map(
        (example) => html`<button class="reply" type="button" lang="en" @click=${() => onAsk(example)}>${example}</button>`,
      )}
    </div>
  </div>`;
}

/** Only what the server has said of the case: a time that a clinician has seen it, or that nobody can tell. */
export function bannerView(words: Words, told: Told | null, when: (at: string) => string): TemplateResult | typeof nothing {
  if (!told) return nothing;
  return html`<div class="banner" role="note">
    ${toldIcon}
    <p>
      ${fill(words.told, when(told.at), told.reference)}
      <span class="more">${told.seen_at ? fill(words.seen, when(told.seen_at)) : words.notSeen}</span>
    </p>
  </div>`;
}

export interface Options {
  /** Whether the chat is remembered on this device. */
  readonly lasting: boolean;
  readonly hasMessages: boolean;
  readonly canDelete: boolean;
  keep(lasting: boolean): void;
  save(): void;
  print(): void;
  askToDelete(): void;
}

export function optionsSheet(words: Words, options: Options): TemplateResult {
  const choice = (shown: boolean, label: string, onClick: () => void): TemplateResult | typeof nothing =>
    shown ? html`<button class="choice" type="button" @click=${onClick}>${label}</button>` : nothing;
  return html`<div class="sheet" role="group" tabindex="-1" aria-label=${words.options}>
    <label class="choice">
      <input
        type="checkbox"
        aria-describedby="remember-note"
        .checked=${options.lasting}
        @change=${(event: Event) => options.keep((event.target as HTMLInputElement).checked)}
      />
      ${words.remember}
    </label>
    <p class="note" id="remember-note">${words.rememberNote}</p>
    ${choice(options.hasMessages, words.save, options.save)} ${choice(options.hasMessages, words.print, options.print)}
    ${choice(options.canDelete, words.delete, options.askToDelete)}
  </div>`;
}

export function deleteSheet(words: Words, onDelete: () => void, onKeep: () => void): TemplateResult {
  return html`<div class="sheet" role="group" tabindex="-1" aria-labelledby="delete-title">
    <h3 id="delete-title">${words.deleteTitle}</h3>
    <p>${words.deleteBody}</p>
    <div class="actions">
      <button class="danger" type="button" @click=${onDelete}>${words.deleteYes}</button>
      <button class="plain" type="button" @click=${onKeep}>${words.deleteNo}</button>
    </div>
  </div>`;
}

export function helpSheet(words: Words, lines: readonly HelpLine[], onClose: () => void): TemplateResult {
  return html`<div class="sheet help" role="group" tabindex="-1" aria-labelledby="help-title">
    <h3 id="help-title">${words.helpTitle}</h3>
    <p>${words.helpIntro}</p>
    <ul class="lines" role="list">
      ${lines.map(
        ({ name, number, note }) => html`<li class="line">
          <a class="dial" href=${telephone(number)} aria-label="${fill(words.call, number)}, ${name}">${number}</a>
          <div>${name}<span class="note">${note}</span></div>
        </li>`,
      )}
    </ul>
    <p class="note">${words.helpElsewhere}</p>
    <div class="actions">
      <button class="plain" type="button" @click=${onClose}>${words.helpClose}</button>
    </div>
  </div>`;
}
