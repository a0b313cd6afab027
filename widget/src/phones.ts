/** Finds phone numbers in text. Doses, dates and amounts must never become one. */

export interface TextPiece {
  readonly kind: 'text';
  readonly text: string;
}

export interface PhonePiece {
  readonly kind: 'phone';
  readonly text: string;
  readonly href: string;
}

/** Written-out numbers with an area or service code. Short codes count only when they are a known help line. */
const WRITTEN = [
  String.raw`\+\d{1,3}(?:[ -]\d{2,4}){2,4}`,
  String.raw`(?:1[ -])?(?:\(\d{3}\)|\d{3})[ -]\d{3}[ -]\d{4}`,
  String.raw`1[38]00[ -]\d{3}[ -]\d{3}`,
  String.raw`0\d{2,4}[ -]\d{3,4}(?:[ -]?\d{3,4})`,
];
const BEFORE = String.raw`(?<![\p{L}\p{N}+$£€#/])(?<!\d[.,:-])`;
const AFTER = String.raw`(?![\p{L}\p{N}%])(?![.,:/-]\d)(?! ?(?:[mk]?g|ml|iu|lbs?|%|years?|months?|weeks?|days?|people|patients)(?![\p{L}]))`;

export const telephone = (number: string): string =>
  `tel:${number.trim().startsWith('+') ? '+' : ''}${number.replace(/\D/g, '')}`;

const patterns = new Map<string, RegExp>();

function pattern(known: readonly string[]): RegExp {
  const key = known.join('|');
  let made = patterns.get(key);
  if (!made) {
    const lines = [...known]
      .sort((one, other) => other.length - one.length)
      .map((number) => number.replace(/[^\d -]/g, '').replace(/[ -]/g, '[ \u00a0-]?'));
    made = new RegExp(`${BEFORE}(?:${[...WRITTEN, ...lines].join('|')})${AFTER}`, 'giu');
    patterns.set(key, made);
  }
  return made;
}

/** The text with its phone numbers apart. `known` are the numbers of help lines, as written in their lists. */
export function phonePieces(text: string, known: readonly string[]): (TextPiece | PhonePiece)[] {
  const pieces: (TextPiece | PhonePiece)[] = [];
  let rest = 0;
  for (const found of text.matchAll(pattern(known))) {
    if (found.index > rest) pieces.push({ kind: 'text', text: text.slice(rest, found.index) });
    pieces.push({ kind: 'phone', text: found[0], href: telephone(found[0]) });
    rest = found.index + found[0].length;
  }
  if (rest < text.length) pieces.push({ kind: 'text', text: text.slice(rest) });
  return pieces;
}
