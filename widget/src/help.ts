/** Whom to call while the server has not said it. The numbers are those of data/regions; a test holds them together. */

import type { HelpLine } from './api.js';
import type { Words } from './words.js';

/** Emergency number, then name and number of the others: a crisis line, poison (!) or advice (?). */
const REGIONS: Record<string, readonly string[]> = {
  US: ['911', '988 Suicide & Crisis Lifeline=988', '!Poison Help=1-800-222-1222'],
  UK: ['999', 'Samaritans=116 123', '?NHS 111=111'],
  IE: ['112', 'Samaritans=116 123', '!Public Poisons Line=01 809 2166'],
  CA: ['911', '9-8-8 Suicide Crisis Helpline=988', '!Poison Centres=1-844-764-7669', '?Health advice line=811'],
  AU: ['000', 'Lifeline=13 11 14', '!Poisons Information Centre=13 11 26', '?healthdirect=1800 022 222'],
  NZ: ['111', 'Need to talk?=1737', '!National Poisons Centre=0800 764 766', '?Healthline=0800 611 116'],
  EU: ['112', 'Emotional support helpline, in many EU countries=116 123'],
};

const iso = (code: string): string => (code === 'UK' ? 'GB' : code);

/** The lines of a region; where the page names none that we know, each country's emergency number. */
export function builtInHelp(words: Words, region: string, lang: string): readonly HelpLine[] {
  const code = region.toUpperCase();
  const [emergency, ...others] = REGIONS[code === 'GB' ? 'UK' : code] ?? [];
  if (!emergency) {
    const country = new Intl.DisplayNames(lang, { type: 'region' });
    return Object.entries(REGIONS).map(([known, [number]]) => ({
      name: country.of(iso(known)) ?? known,
      number: number ?? '',
      note: words.emergency,
    }));
  }
  return [
    { name: words.emergency, number: emergency, note: words.emergencyNote },
    ...others.map((line) => {
      const [name = '', number = ''] = line.split('=');
      const note = { '!': words.poisonNote, '?': words.adviceNote }[name[0] ?? ''];
      return { name: note ? name.slice(1) : name, number, note: note ?? words.crisisNote };
    }),
  ];
}

/** Every number that stands above: the short codes that count as phone numbers in a message. */
export const knownNumbers: readonly string[] = [
  ...new Set(Object.values(REGIONS).flatMap((lines) => lines.map((line) => line.split('=').at(-1) ?? ''))),
];
