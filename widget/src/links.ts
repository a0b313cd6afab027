/** What in a text may be pressed: phone numbers, and addresses on the hosts that the clinic allows. Nothing else. */

import { phonePieces, type PhonePiece, type TextPiece } from './phones.js';

export interface LinkPiece {
  readonly kind: 'link';
  readonly text: string;
  readonly href: string;
}

/** What links may lead to: numbers of help lines as written in their lists, and host names. */
export interface Targets {
  readonly numbers: readonly string[];
  readonly hosts: readonly string[];
}

const ADDRESS = /https:\/\/[^\s<>"'“”‘’]*[^\s<>"'“”‘’.,;:!?)\]]/gi;

export function linkPieces(text: string, { numbers, hosts }: Targets): (TextPiece | PhonePiece | LinkPiece)[] {
  const pieces: (TextPiece | PhonePiece | LinkPiece)[] = [];
  let rest = 0;
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    pieces.push(...phonePieces(text.slice(rest, index), numbers));
    const href = allowed(address, hosts);
    pieces.push(href ? { kind: 'link', text: address, href } : { kind: 'text', text: address });
    rest = index + address.length;
  }
  return [...pieces, ...phonePieces(text.slice(rest), numbers)];
}

/** The address in its plain form, or empty: another host, a name and password in it, or no address at all. */
function allowed(address: string, hosts: readonly string[]): string {
  try {
    const { protocol, host, username, href } = new URL(address);
    return protocol === 'https:' && !username && hosts.includes(host) ? href : '';
  } catch {
    return '';
  }
}
