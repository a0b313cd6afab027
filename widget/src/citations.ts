/** Message text cut into paragraphs, lines and pieces. Text stays text: nothing here makes markup. */

import type { Citation } from './api.js';
import { linkPieces, type LinkPiece, type Targets } from './links.js';
import type { PhonePiece, TextPiece } from './phones.js';

export interface CitationPiece {
  readonly kind: 'citation';
  readonly text: string;
  readonly citation: Citation;
}

export type Piece = TextPiece | PhonePiece | LinkPiece | CitationPiece;
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
const MARK = / ?\[(\d{1,3}(?:, \d{1,3})*)\]/g;

const named = (listed: string, citations: readonly Citation[]): (Citation | undefined)[] =>
  listed.split(', ').map((number) => citations.find((citation) => citation.number === Number(number)));

/** Each number of a mark becomes a citation where the message has all of them; other brackets stay as written. */
export function cited(line: string, citations: readonly Citation[], targets: Targets): Line {
  const pieces: Piece[] = [];
  let rest = 0;
  for (const { 0: mark, 1: listed = '', index } of line.matchAll(MARK)) {
    const marked = named(listed, citations);
    if (marked.includes(undefined)) continue;
    // The space before a citation must not break: a number alone at the start of a line belongs to nothing.
    const before = line.slice(rest, index) + (mark[0] === ' ' ? '\u00a0' : '');
    pieces.push(...linkPieces(before, targets));
    for (const citation of marked as Citation[]) pieces.push({ kind: 'citation', text: `[${citation.number}]`, citation });
    rest = index + mark.length;
  }
  return [...pieces, ...linkPieces(line.slice(rest), targets)];
}

/** The words without the citation marks, for reading out. */
export const spoken = (text: string, citations: readonly Citation[]): string =>
  text.replace(MARK, (mark, listed: string) => (named(listed, citations).includes(undefined) ? mark : '')).trim();
