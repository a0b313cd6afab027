/** Message text cut into paragraphs, lines and pieces. Text stays text: nothing here makes markup. */

import type { Citation } from './api.js';
import { phonePieces, type PhonePiece, type TextPiece } from './phones.js';

export interface CitationPiece {
  readonly kind: 'citation';
  readonly text: string;
  readonly citation: Citation;
}

export type Piece = TextPiece | PhonePiece | CitationPiece;
export type Line = readonly Piece[];
export type Paragraph = readonly Line[];

/** Paragraphs stand apart by an empty line; a single line break stays one. */
export function paragraphs(text: string, pieces: (line: string) => Line): Paragraph[] {
  return text
    .replace(/\r\n?/g, '\n')
    .split(/\n[ \t]*\n\s*/)
    .filter((paragraph) => paragraph.trim())
    .map((paragraph) => paragraph.split('\n').map(pieces));
}

export const plain = (line: string): Line => (line ? [{ kind: 'text', text: line }] : []);

/** `[1]` and `[1, 2]`: the marks that the server writes. */
const MARK = /\[(\d{1,3}(?:, \d{1,3})*)\]/g;

/** Each number of a mark becomes a citation where the message has all of them; other brackets stay as written. */
export function cited(line: string, citations: readonly Citation[], numbers: readonly string[]): Line {
  const byNumber = new Map(citations.map((citation) => [citation.number, citation]));
  const pieces: Piece[] = [];
  let rest = 0;
  for (const found of line.matchAll(MARK)) {
    const marked = found[1]!.split(', ').map((number) => byNumber.get(Number(number)));
    if (marked.includes(undefined)) continue;
    // The space before a citation must not break: a number alone at the start of a line belongs to nothing.
    pieces.push(...phonePieces(line.slice(rest, found.index).replace(/ $/, '\u00a0'), numbers));
    for (const citation of marked as Citation[]) pieces.push({ kind: 'citation', text: `[${citation.number}]`, citation });
    rest = found.index + found[0].length;
  }
  return [...pieces, ...phonePieces(line.slice(rest), numbers)];
}

/** The words without the citation marks, for reading out. */
export function spoken(text: string, citations: readonly Citation[]): string {
  const numbers = new Set(citations.map((citation) => citation.number));
  return text
    .replace(/ ?\[(\d{1,3}(?:, \d{1,3})*)\]/g, (mark, listed: string) =>
      listed.split(', ').every((number) => numbers.has(Number(number))) ? '' : mark)
    .trim();
}
