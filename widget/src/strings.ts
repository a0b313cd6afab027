/** Every word that the widget itself says. A language is one object more in `catalogues`. */

import type { HelpLine } from './api.js';

const en = {
  dir: 'ltr',
  title: 'Isotretinoin assistant',
  launcher: 'Ask about isotretinoin',
  unread: (count: number) => (count === 1 ? '1 new message' : `${count} new messages`),
  close: 'Close chat',
  options: 'Options',
  deleteConversation: 'Delete my conversation',

  noticeTitle: 'Before you start',
  notice: [
    'This is an automated assistant. It explains isotretinoin and shows its sources. It cannot advise on your own treatment.',
    'Nobody watches this chat live. It can pass worrying messages to the clinic, but a person may not see them straight away.',
    'Not for emergencies: “Urgent help” above shows who to call.',
  ],
  keptDays: (days: number) =>
    `Your messages are kept for ${days === 1 ? '1 day' : `${days} days`}. You can delete them at any time under “Options”.`,
  keptByClinic: 'The clinic decides how long messages are kept. You can delete yours at any time under “Options”.',
  examplesTitle: 'You could ask',
  examples: [
    'Why do my lips get so dry, and what helps?',
    'How long does treatment usually take?',
    'Can I drink alcohol while I take it?',
  ],

  conversation: 'Conversation',
  messages: 'Messages',
  youSaid: 'You said',
  assistantSaid: 'Assistant',
  clinicianSaid: 'Clinician',
  urgentLabel: 'Please read this now',
  newFrom: { assistant: 'New message from the assistant', clinician: 'New message from a clinician' },
  typing: 'The assistant is writing',
  sourceLabel: (number: number, source: string) => `Source ${number}: ${source}`,
  sources: (count: number) => (count === 1 ? 'Source' : `${count} sources`),
  section: (name: string) => `Section: ${name}`,
  quickReplies: 'Suggested replies',
  call: (number: string) => `Call ${number}`,
  newest: 'New messages',

  inputLabel: 'Your message',
  placeholder: 'Write your question',
  send: 'Send',
  tooLong: (count: string, limit: string) => `Please shorten your message: it has ${count} characters, and ${limit} fit.`,
  sending: 'Sending…',
  sent: 'Sent',
  failed: 'Not sent.',
  failedReason: 'We could not reach the server.',
  retry: 'Try again',
  edit: 'Change and send again',

  offline: 'Connection lost. Trying again…',
  online: 'Connected again.',
  ended: 'Your earlier conversation has ended. What you write now starts a new one.',

  deleteTitle: 'Delete this conversation?',
  deleteBody: 'This removes its messages for good. If something was passed to the clinic, the clinic may keep its own record of that.',
  deleteYes: 'Delete',
  deleteNo: 'Keep it',
  deleted: 'Your conversation has been deleted.',
  deleteEnded: 'This conversation had already ended, so it could not be deleted from here. Please ask the clinic to delete it.',
  deleteFailed: 'We could not delete it just now. Please try again.',

  urgentHelp: 'Urgent help',
  urgentHelpTitle: 'Who to call now',
  urgentHelpIntro: 'If you or someone else may be in danger, call now. Do not wait for an answer in this chat.',
  urgentHelpElsewhere: 'In another country? Call the emergency number of the place where you are.',
  closeHelp: 'Close urgent help',
  /** Used until the server has sent its own list, and when it cannot be reached. */
  help: {
    US: [
      { name: 'Emergency services', number: '911', note: 'Life is at risk, or someone cannot stay safe' },
      { name: 'Suicide & Crisis Lifeline', number: '988', note: 'Call or text, day and night' },
      { name: 'Poison Help', number: '1-800-222-1222', note: 'Too much was taken, or the wrong person took it' },
    ],
    UK: [
      { name: 'Emergency services', number: '999', note: 'Life is at risk, or someone cannot stay safe' },
      { name: 'NHS 111', number: '111', note: 'Urgent medical or mental health advice, day and night' },
      { name: 'Samaritans', number: '116 123', note: 'Someone to talk to, day and night' },
    ],
    IE: [
      { name: 'Emergency services', number: '112', note: 'Life is at risk, or someone cannot stay safe' },
      { name: 'Samaritans', number: '116 123', note: 'Someone to talk to, day and night' },
    ],
    CA: [
      { name: 'Emergency services', number: '911', note: 'Life is at risk, or someone cannot stay safe' },
      { name: 'Suicide Crisis Helpline', number: '988', note: 'Call or text, day and night' },
    ],
    AU: [
      { name: 'Emergency services', number: '000', note: 'Life is at risk, or someone cannot stay safe' },
      { name: 'Lifeline', number: '13 11 14', note: 'Someone to talk to, day and night' },
      { name: 'Poisons Information', number: '13 11 26', note: 'Too much was taken, or the wrong person took it' },
    ],
    NZ: [
      { name: 'Emergency services', number: '111', note: 'Life is at risk, or someone cannot stay safe' },
      { name: 'Need to talk?', number: '1737', note: 'Call or text, day and night' },
    ],
    EU: [{ name: 'Emergency services', number: '112', note: 'Life is at risk, or someone cannot stay safe' }],
  } as Record<string, readonly HelpLine[]>,
};

export type Strings = typeof en;

const catalogues: Record<string, Strings> = { en };

/** The words for a language tag such as `en-GB`; English where there are none. */
export const stringsFor = (lang: string): Strings => catalogues[lang.toLowerCase().split('-')[0] ?? ''] ?? en;

/** The static help lines of a region. 112 works on every mobile network, so it stands in for regions not listed. */
export function staticHelp(strings: Strings, region: string): readonly HelpLine[] {
  const code = region.toUpperCase();
  return strings.help[code === 'GB' ? 'UK' : code] ?? strings.help.EU ?? [];
}

/** Every number of the static lists: the short codes that count as phone numbers in a message. */
export const knownNumbers = (strings: Strings): string[] =>
  [...new Set(Object.values(strings.help).flatMap((lines) => lines.map((line) => line.number)))];
