/** What the widget itself says. English is built in; another language is one JSON file more (see docs/widget.md). */

import en from './words/en.json';

export type Words = typeof en;

export const english: Words = en;

/** The text with `{0}`, `{1}` … filled in. */
export const fill = (text: string, ...values: readonly (string | number)[]): string =>
  text.replace(/\{(\d)\}/g, (place, at: string) => String(values[Number(at)] ?? place));

/** How a moment is told: the time alone today, else with its date; empty for what is no time. */
export function teller(lang: string): (at: string) => string {
  const time = new Intl.DateTimeFormat(lang, { timeStyle: 'short' });
  const full = new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short' });
  return (at) => {
    const when = new Date(at);
    if (Number.isNaN(when.getTime())) return '';
    return (when.toDateString() === new Date().toDateString() ? time : full).format(when);
  };
}
