/** The conversation as a patient takes it away: a text file, or a printed page with the chat alone. */

import { html, render } from 'lit/html.js';
import type { HistoryItem } from './api.js';
import { css } from './styles.js';
import { fill, type Words } from './words.js';

export interface Said {
  readonly who: string;
  readonly when: string;
  readonly text: string;
  readonly sources: readonly string[];
}

export function transcript(items: readonly HistoryItem[], words: Words, when: (at: string) => string): Said[] {
  return items.map(({ author, role, at, text, citations }) => ({
    who: { patient: words.you, assistant: words.assistant, clinician: role || words.clinician }[author],
    when: when(at),
    text,
    sources: citations.map(({ number, source, section }) => `[${number}] ${source}. ${fill(words.section, section)}`),
  }));
}

export const asText = (head: readonly string[], said: readonly Said[]): string =>
  [
    head.join('\n'),
    ...said.map(({ who, when, text, sources }) => [`${who}, ${when}`, text, ...sources].join('\n')),
    '',
  ].join('\n\n');

/** Hands the browser a file to save. */
export function save(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  Object.assign(document.createElement('a'), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

const paper = css`
  body {
    font: 11pt/1.5 system-ui, sans-serif;
    overflow-wrap: anywhere;
  }
  article {
    break-inside: avoid;
    margin-block: 1em;
  }
  div {
    white-space: pre-wrap;
  }
  small {
    display: block;
  }
`;

/** Prints from a frame of its own, so that nothing of the page around the chat gets onto the paper. */
export function print(within: ShadowRoot, [title, note]: readonly string[], said: readonly Said[], lang: string): void {
  const frame = document.createElement('iframe');
  frame.title = title ?? '';
  frame.tabIndex = -1;
  frame.ariaHidden = 'true';
  frame.className = 'paper';
  within.append(frame);
  const there = frame.contentWindow as (Window & typeof globalThis) | null;
  if (!there) return;
  const sheet = new there.CSSStyleSheet();
  sheet.replaceSync(paper);
  there.document.adoptedStyleSheets = [sheet];
  there.document.documentElement.lang = lang;
  there.document.title = title ?? '';
  render(
    html`<h1>${title}</h1>
      <p>${note}</p>
      ${said.map(
        ({ who, when, text, sources }) => html`<article>
          <b>${who}</b>, ${when}
          <div dir="auto">${text}</div>
          ${sources.map((source) => html`<small>${source}</small>`)}
        </article>`,
      )}`,
    there.document.body,
  );
  there.addEventListener('afterprint', () => frame.remove());
  there.print();
}
