/** What stands around the messages: notice and examples before the first, and the sheets under the header. */

import { html, type TemplateResult } from 'lit';
import type { HelpLine } from './api.js';
import { telephone } from './phones.js';
import type { Strings } from './strings.js';

export function noticeView(words: Strings, retentionDays: number | null): TemplateResult {
  const kept = retentionDays ? words.keptDays(retentionDays) : words.keptByClinic;
  return html`<div class="notice" role="note" aria-labelledby="notice-title">
    <h3 id="notice-title">${words.noticeTitle}</h3>
    ${[...words.notice, kept].map((paragraph) => html`<p>${paragraph}</p>`)}
  </div>`;
}

export function examplesView(words: Strings, onAsk: (example: string) => void): TemplateResult {
  return html`<div class="examples" role="group" aria-labelledby="examples-title">
    <h3 id="examples-title">${words.examplesTitle}</h3>
    <div class="replies">
      ${words.examples.map(
        (example) => html`<button class="reply" type="button" @click=${() => onAsk(example)}>${example}</button>`,
      )}
    </div>
  </div>`;
}

export function optionsSheet(words: Strings, onDelete: () => void): TemplateResult {
  return html`<div class="sheet" role="group" tabindex="-1" aria-label=${words.options}>
    <button class="choice" type="button" @click=${onDelete}>${words.deleteConversation}</button>
  </div>`;
}

export function deleteSheet(words: Strings, onDelete: () => void, onKeep: () => void): TemplateResult {
  return html`<div class="sheet" role="group" tabindex="-1" aria-labelledby="delete-title">
    <h3 id="delete-title">${words.deleteTitle}</h3>
    <p>${words.deleteBody}</p>
    <div class="actions">
      <button class="danger" type="button" @click=${onDelete}>${words.deleteYes}</button>
      <button class="plain" type="button" @click=${onKeep}>${words.deleteNo}</button>
    </div>
  </div>`;
}

export function helpSheet(words: Strings, lines: readonly HelpLine[], onClose: () => void): TemplateResult {
  return html`<div class="sheet help" role="group" tabindex="-1" aria-labelledby="help-title">
    <h3 id="help-title">${words.urgentHelpTitle}</h3>
    <p>${words.urgentHelpIntro}</p>
    <ul class="lines" role="list">
      ${lines.map(
        ({ name, number, note }) => html`<li class="line">
          <a class="dial" href=${telephone(number)} aria-label="${words.call(number)}, ${name}">${number}</a>
          <div>${name}<span class="note">${note}</span></div>
        </li>`,
      )}
    </ul>
    <p class="note">${words.urgentHelpElsewhere}</p>
    <div class="actions">
      <button class="plain" type="button" @click=${onClose}>${words.closeHelp}</button>
    </div>
  </div>`;
}
