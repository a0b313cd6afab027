import { html, nothing, type TemplateResult } from 'lit/html.js';
import { Api, Problem, type HelpLine } from './api.js';
import { spoken } from './citations.js';
import { Component } from './component.js';
import { Connection } from './connection.js';
import { builtInHelp, knownNumbers } from './help.js';
import { chatIcon, closeIcon, optionsIcon } from './icons.js';
import { Memory } from './memory.js';
import { entryView, outgoingView, type Look } from './message-view.js';
import { bannerView, deleteSheet, examplesView, helpSheet, noticeView, optionsSheet } from './sheets.js';
import { arrivals, isUrgent, isUsed, reduce, start, unread, type Action, type Delivery, type Entry, type State } from './store.js';
import { styles } from './styles.js';
import { asText, print, save, transcript } from './transcript.js';
import { english, fill, teller, type Words } from './words.js';

/** Where the chat covers the whole page. */
export const SMALL = '(max-width: 480px), (max-height: 480px)';
const LONGEST = 4_000;
const SPOKEN_MS = 15_000;
/** A page does not wait longer than this for words in another language. */
const WORDS_MS = 3_000;

type Sheet = 'help' | 'options' | 'delete' | null;

/** `<isotretinoin-assistant>`: the launcher and the chat. Attributes are described in docs/widget.md. */
export class IsotretinoinAssistant extends Component {
  static readonly observedAttributes = ['open', 'inline', 'region', 'heading', 'logo', 'dir', 'retention-days'];

  /** What the conversation looks like now; changed by `dispatch` alone. */
  state: State = start;
  protected ready = false;

  #words: Words = english;
  /** A language tag that the browser accepts. */
  #lang = 'en';
  #memory = new Memory(null, null, '');
  #connection: Connection | null = null;
  #gone: AbortController | null = null;
  #api = new Api('');
  #help: readonly HelpLine[] = [];
  #helpRegion: string | null = null;
  #sheet: Sheet = null;
  #openSources = new Map<string, number | 'all'>();
  #draft = '';
  #toldFailed = new Set<string>();
  #status = '';
  #bar = '';
  #urgent: readonly string[] = [];
  #statusTimer: ReturnType<typeof setTimeout> | undefined;
  #urgentTimer: ReturnType<typeof setTimeout> | undefined;
  #atEnd = true;
  /** Whether something new came in below what the patient looks at. */
  #below = false;
  #fresh: Entry[] = [];
  /** The urgent message whose first line stays in view until the patient scrolls or writes, and where it is held. */
  #held = '';
  #heldAt = 0;
  readonly #small = matchMedia(SMALL);

  constructor() {
    super(styles);
  }

  connectedCallback(): void {
    const server = (this.getAttribute('server') ?? '').replace(/\/+$/, '');
    const name = `isotretinoin-assistant:${server || location.origin}`;
    const tab = storage('sessionStorage');
    this.#api = new Api(server);
    this.#memory = new Memory(tab, storage('localStorage'), name);
    this.#connection = new Connection(
      this.#api,
      this.#memory,
      this,
      () => ({ region: this.#region, language: this.#lang }),
      // A browser that forbids storage forbids locks too.
      tab ? name : '',
    );
    this.#gone = new AbortController();
    const until = { signal: this.#gone.signal };
    addEventListener('online', () => this.#connection?.wake(), until);
    addEventListener('offline', () => this.#connection?.offline(), until);
    addEventListener('pageshow', () => this.#onVisibility(), until);
    document.addEventListener('visibilitychange', () => this.#onVisibility(), until);
    this.#small.addEventListener('change', () => void this.draw(), until);
    visualViewport?.addEventListener('resize', () => this.#fit(), until);
    visualViewport?.addEventListener('scroll', () => this.#fit(), until);
    void this.#begin(this.#connection);
  }

  disconnectedCallback(): void {
    this.#connection?.stop();
    this.#connection = null;
    clearTimeout(this.#statusTimer);
    clearTimeout(this.#urgentTimer);
    this.#gone?.abort();
  }

  override attributeChangedCallback(): void {
    if (this.#visible) this.#loadHelp();
    super.attributeChangedCallback();
  }

  async #begin(connection: Connection): Promise<void> {
    this.#lang = languageTag(this.lang);
    const language = this.#lang.slice(0, 2);
    if (language !== 'en') {
      const late = new Promise<null>((resolve) => setTimeout(resolve, WORDS_MS, null));
      const words = await Promise.race([this.#api.words(language).catch(() => null), late]);
      if (words) this.#words = { ...english, ...words };
      // English words must not be read out as another language.
      else this.#lang = 'en';
    }
    this.ready = true;
    void this.draw();
    if (this.#visible) this.#loadHelp();
    await connection.start();
  }

  dispatch(action: Action): void {
    const before = this.state;
    this.state = reduce(before, action);
    if (before === this.state) return;
    const fresh = arrivals(before, this.state).filter(({ author, seq }) => author !== 'patient' && seq > before.seen);
    this.#announce(fresh);
    this.#fresh.push(...fresh);
    // Urgent words are brought into view wherever the patient reads.
    this.#atEnd ||= fresh.some(isUrgent);
    this.#below ||= fresh.length > 0 && !this.#atEnd;
    if (action.type === 'composed') {
      this.#atEnd = true;
      this.#held = '';
      this.#say('');
    }
    if (action.type === 'delivery') this.#onDelivery(action.clientId, action.delivery, action.reason ?? '');
    if (action.type === 'online' && action.on) this.#say(this.#words.online);
    if (before.entries !== this.state.entries) this.#see();
    void this.draw();
  }

  /** Opens the chat and puts the cursor into it. */
  async show(): Promise<void> {
    this.toggleAttribute('open', true);
    this.#see();
    await this.draw();
    this.find('textarea')?.focus();
  }

  /** Closes the chat and puts the focus back on the launcher. */
  async hide(): Promise<void> {
    this.toggleAttribute('open', false);
    this.#sheet = null;
    await this.draw();
    this.find('.launcher')?.focus();
  }

  get #inline(): boolean {
    return this.hasAttribute('inline');
  }

  get #visible(): boolean {
    return this.hasAttribute('open') || this.#inline;
  }

  get #region(): string {
    return this.getAttribute('region') ?? '';
  }

  get #title(): string {
    return this.getAttribute('heading') || this.#words.title;
  }

  get #entries(): readonly Entry[] {
    return [...this.state.earlier, ...this.state.entries];
  }

  get #isEmpty(): boolean {
    return !(this.state.ended || this.#entries.length + this.state.outbox.length);
  }

  get #tooLong(): number {
    const length = this.#draft.length > LONGEST ? [...this.#draft].length : 0;
    return length > LONGEST ? length : 0;
  }

  /** What stands in the open chat on a page that is looked at has been seen. */
  #see(): void {
    if (this.#visible && !document.hidden) this.#connection?.seen();
  }

  #onVisibility(): void {
    if (document.hidden) return;
    this.#connection?.wake();
    this.#see();
  }

  /** Keeps the full-screen panel above an on-screen keyboard. */
  #fit(): void {
    const view = visualViewport;
    const panel = this.find('.panel');
    if (!view || !panel) return;
    const keyboard = view.scale < 1.02 && view.height < innerHeight - 60;
    panel.style.setProperty('--_height', keyboard ? `${view.height}px` : '');
    panel.style.setProperty('--_top', keyboard ? `${view.offsetTop}px` : '');
    if (this.#atEnd) this.#toEnd();
  }

  #loadHelp(): void {
    if (this.#helpRegion === this.#region || !this.ready) return;
    this.#helpRegion = this.#region;
    this.#help = [];
    this.#api.help(this.#region, this.#lang).then(
      (lines) => {
        this.#help = lines;
        void this.draw();
      },
      (error) => {
        // The built-in list stands in; the next opening asks again, unless the server has no such list.
        if (!(error instanceof Problem) || error.passing) this.#helpRegion = null;
      },
    );
  }

  /** Reads out a line about the chat itself, and shows it for a while or, with null, until the patient goes on. */
  #say(text: string, shown = text, milliseconds: number | null = SPOKEN_MS): void {
    clearTimeout(this.#statusTimer);
    this.#status = text;
    this.#bar = shown;
    if (text && milliseconds) this.#statusTimer = setTimeout(() => this.#say(''), milliseconds);
    void this.draw();
  }

  #announce(fresh: readonly Entry[]): void {
    const words = this.#words;
    const urgent = fresh.filter(isUrgent);
    if (urgent.length) {
      const said = urgent.map((entry) => `${words.urgent}: ${spoken(entry.text, entry.citations)}`);
      // Added to what is still being read out: a second message must not cut off the first.
      this.#urgent = [...this.#urgent, ...said];
      clearTimeout(this.#urgentTimer);
      this.#urgentTimer = setTimeout(() => {
        this.#urgent = [];
        void this.draw();
      }, SPOKEN_MS);
    }
    const last = fresh.at(-1);
    if (last && !this.#visible) this.#say(last.author === 'clinician' ? words.newFromClinician : words.newFromAssistant);
  }

  /** A failure is said once, however often the connection tries again by itself. */
  #onDelivery(clientId: string, delivery: Delivery, reason: string): void {
    if (delivery === 'sent') this.#toldFailed.delete(clientId);
    if (delivery !== 'failed' || this.#toldFailed.has(clientId)) return;
    this.#toldFailed.add(clientId);
    // The message itself shows it.
    this.#say(`${this.#words.failed} ${reason || this.#words.failedReason}`, '');
  }

  #retry(clientId: string): void {
    this.#toldFailed.delete(clientId);
    this.#connection?.retry(clientId);
    // The button that was pressed is gone.
    this.find('textarea')?.focus();
  }

  #send(text: string, buttonId: string | null = null): void {
    this.#connection?.send({ clientId: newId(), text, buttonId });
  }

  #submit(): void {
    if (!this.#draft.trim() || this.#tooLong) return;
    this.#send(this.#draft.trim());
    void this.#write('');
  }

  #write(text: string): Promise<void> {
    this.#draft = text;
    return this.draw();
  }

  async #edit(clientId: string, text: string): Promise<void> {
    this.#connection?.discard(clientId);
    await this.#write(text);
    this.find('textarea')?.focus();
  }

  async #toggleSheet(sheet: Sheet): Promise<void> {
    const closing = this.#sheet === sheet ? sheet : null;
    this.#sheet = closing ? null : sheet;
    await this.draw();
    if (!closing) this.find('.sheet')?.focus();
    else this.find(closing === 'help' ? '.help-toggle' : '.options-toggle')?.focus();
  }

  async #delete(): Promise<void> {
    const words = this.#words;
    const { outcome, note } = (await this.#connection?.delete()) ?? { outcome: 'failed', note: '' };
    const said = { deleted: note || words.deleted, ended: words.deleteEnded, failed: words.deleteFailed }[outcome];
    this.#say(said, said, outcome === 'failed' ? SPOKEN_MS : null);
    if (outcome === 'failed') return;
    this.#sheet = null;
    this.#openSources.clear();
    await this.draw();
    this.find('textarea')?.focus();
  }

  /** Hands over what stands in the chat: as a file, or on paper. */
  #takeAway(toPaper: boolean): void {
    const words = this.#words;
    const now = new Date().toISOString();
    const full = new Intl.DateTimeFormat(this.#lang, { dateStyle: 'long', timeStyle: 'short' });
    const when = (at: string): string => (at ? full.format(new Date(at)) : '');
    const said = transcript(this.#entries, words, when);
    const head = [this.#title, fill(words.savedNote, when(now))];
    if (toPaper) print(this.root, head, said, this.#lang);
    else save(`chat-${now.slice(0, 10)}.txt`, asText(head, said));
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Tab') this.#keepFocus(event);
    if (event.key !== 'Escape' || event.isComposing) return;
    if (this.#sheet) void this.#toggleSheet(this.#sheet);
    else if (!this.#inline) void this.hide();
    else return;
    event.stopPropagation();
  }

  /** Where the panel covers the page, Tab goes round inside it: nothing behind it can be seen. */
  #keepFocus(event: KeyboardEvent): void {
    if (!this.#covers) return;
    const stops = [
      ...this.root.querySelectorAll<HTMLElement>('.panel :is(button, a, input, textarea, [tabindex="0"])'),
    ].filter((stop) => stop.getClientRects().length);
    const [first, last] = [stops[0], stops.at(-1)];
    if (this.root.activeElement !== (event.shiftKey ? first : last)) return;
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  }

  get #covers(): boolean {
    return !this.#inline && this.#small.matches;
  }

  #onInputKey(event: KeyboardEvent): void {
    // While an input method composes, Enter chooses a word.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit();
  }

  #onScroll(): void {
    const scroll = this.find('.scroll');
    if (!scroll) return;
    if (Math.abs(scroll.scrollTop - this.#heldAt) > 4) this.#held = '';
    this.#atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 48;
    if (!this.#atEnd || !this.#below) return;
    this.#below = false;
    void this.draw();
  }

  #goToNewest(): void {
    this.#toEnd();
    // The button that was pressed goes.
    this.find('.scroll')?.focus();
  }

  #toEnd(): void {
    const scroll = this.find('.scroll');
    scroll?.scrollTo({ top: scroll.scrollHeight });
  }

  protected afterDrawing(): void {
    const fresh = this.#fresh.splice(0);
    // The notice is read from its top.
    this.#held = fresh.find(isUrgent)?.key ?? this.#held;
    const scroll = this.find('.scroll');
    if (!scroll || !(this.#atEnd || this.#held) || !this.#visible || this.#isEmpty) return;
    this.#toEnd();
    // A long answer is read from its first line.
    const element = this.find(`[data-key="${this.#held || fresh[0]?.key}"]`);
    const top = element ? element.getBoundingClientRect().top - scroll.getBoundingClientRect().top : 8;
    if (top < 8) {
      scroll.scrollTop += top - 8;
      this.#atEnd = false;
    }
    this.#heldAt = scroll.scrollTop;
  }

  protected view(): TemplateResult {
    const words = this.#words;
    const { online, typing } = this.state;
    const status = this.#status || (online ? '' : words.offline) || (typing ? words.typing : '');
    return html`<div class="root" lang=${this.#lang} dir=${this.dir || words.dir} role="region" aria-label=${this.#title}>
      ${this.#visible ? nothing : this.#launcher(words)} ${this.#panel(words)}
      <div class="unseen" role="status">${status}</div>
      <div class="unseen" aria-live="assertive">${this.#urgent.map((text) => html`<p lang="en">${text}</p>`)}</div>
    </div>`;
  }

  #launcher(words: Words): TemplateResult {
    const count = unread(this.state);
    return html`<button class="launcher" type="button" aria-haspopup="dialog" @click=${() => this.show()}>
      ${chatIcon} <span>${words.launcher}</span>
      ${count
        ? html`<span class="badge" aria-hidden="true">${count}</span>
            <span class="unseen">, ${count === 1 ? words.unreadOne : fill(words.unreadMany, count)}</span>`
        : nothing}
    </button>`;
  }

  #panel(words: Words): TemplateResult {
    const { online, typing, told, loading } = this.state;
    const bar = this.#bar || (online ? '' : words.offline);
    return html`<div
      class="panel"
      role=${this.#inline ? nothing : 'dialog'}
      aria-labelledby=${this.#inline ? nothing : 'title'}
      aria-modal=${this.#covers ? 'true' : nothing}
      ?hidden=${!this.#visible}
      @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
    >
      ${this.#header(words)} ${this.#sheetView(words)} ${bannerView(words, told, teller(this.#lang))}
      <div class="scroll" tabindex="0" role="group" aria-label=${words.conversation} @scroll=${() => this.#onScroll()}>
        ${noticeView(words, this.getAttribute('retention-days'))}
        ${this.#isEmpty ? examplesView(words, (example) => this.#ask(example)) : nothing}
        <div role="log" aria-live=${loading ? 'off' : 'polite'} aria-relevant="additions" aria-label=${words.messages}>
          ${this.#timeline(words)}
        </div>
        ${typing ? html`<div class="typing" aria-hidden="true"><i></i><i></i><i></i></div>` : nothing}
      </div>
      <div class="below">
        ${this.#below && !this.#sheet
          ? html`<button class="newest" type="button" @click=${() => this.#goToNewest()}>${words.newest}</button>`
          : nothing}
        ${bar ? html`<div class="bar" aria-hidden="true">${bar}</div>` : nothing} ${this.#compose(words)}
      </div>
    </div>`;
  }

  #header(words: Words): TemplateResult {
    const toggle = (name: string, sheet: Sheet, expanded: boolean, label: string, content: unknown): TemplateResult =>
      html`<button
        class=${name}
        type="button"
        aria-expanded=${expanded}
        aria-label=${label}
        @click=${() => this.#toggleSheet(expanded ? this.#sheet : sheet)}
      >
        ${content}
      </button>`;
    const logo = this.getAttribute('logo');
    return html`<div class="header">
      ${logo
        ? html`<img class="logo" alt="" src=${logo} @error=${({ target }: Event) => (target as Element).remove()} />`
        : nothing}
      <h2 class="title" id="title">${this.#title}</h2>
      ${toggle('help-toggle', 'help', this.#sheet === 'help', words.help, words.help)}
      ${toggle(
        'icon options-toggle',
        'options',
        this.#sheet === 'options' || this.#sheet === 'delete',
        words.options,
        optionsIcon,
      )}
      ${this.#inline
        ? nothing
        : html`<button class="icon" type="button" aria-label=${words.close} @click=${() => this.hide()}>${closeIcon}</button>`}
    </div>`;
  }

  #sheetView(words: Words): TemplateResult | typeof nothing {
    switch (this.#sheet) {
      case 'help':
        return helpSheet(words, this.#lines, () => this.#toggleSheet('help'));
      case 'options':
        return optionsSheet(words, {
          lasting: this.#memory.lasting,
          hasMessages: this.#entries.length > 0,
          canDelete: this.#connection?.hasSession ?? false,
          keep: (lasting) => this.#memory.keep(lasting),
          save: () => this.#takeAway(false),
          print: () => this.#takeAway(true),
          askToDelete: () => this.#toggleSheet('delete'),
        });
      case 'delete':
        return deleteSheet(
          words,
          () => this.#delete(),
          () => this.#toggleSheet('delete'),
        );
      default:
        return nothing;
    }
  }

  get #lines(): readonly HelpLine[] {
    return this.#help.length ? this.#help : builtInHelp(this.#words, this.#region, this.#lang);
  }

  #ask(example: string): void {
    this.#send(example);
    // The button that was pressed is gone.
    this.find('.scroll')?.focus();
  }

  #timeline(words: Words): TemplateResult {
    const { earlier, entries, outbox } = this.state;
    const look: Look = {
      words,
      when: teller(this.#lang),
      targets: {
        numbers: [...new Set([...knownNumbers, ...this.#lines.map((line) => line.number)])],
        hosts: [location.host, ...(this.getAttribute('links') ?? '').split(/[\s,]+/)],
      },
    };
    const lastOwn = outbox.length ? undefined : entries.filter((entry) => entry.author === 'patient').at(-1);
    const view = (entry: Entry): TemplateResult =>
      entryView(entry, {
        ...look,
        open: this.#openSources.get(entry.key) ?? null,
        isLastOwn: entry === lastOwn,
        toggleSource: (which) => {
          if (this.#openSources.get(entry.key) === which) this.#openSources.delete(entry.key);
          else this.#openSources.set(entry.key, which);
          void this.draw();
        },
        isUsed: (reply) => isUsed(this.state, entry, reply),
        choose: (reply) => this.#send(reply.title, reply.id),
      });
    const ended = this.state.ended ? [html`<li class="ended">${words.ended}</li>`] : [];
    // One list that only grows at its end, so that no message moves and none is read out twice.
    // Empty, it is no list yet.
    return html`<ol role=${this.#isEmpty ? nothing : 'list'}>
      ${[...earlier.map(view), ...ended, ...entries.map(view)]}
      ${outbox.map((message) =>
        outgoingView(
          message,
          look,
          () => this.#retry(message.clientId),
          () => this.#edit(message.clientId, message.text),
        ),
      )}
    </ol>`;
  }

  #compose(words: Words): TemplateResult {
    const long = this.#tooLong;
    const count = (value: number): string => value.toLocaleString(this.#lang);
    return html`<form class="compose" @submit=${(event: Event) => (event.preventDefault(), this.#submit())}>
      <p class="error" id="too-long" ?hidden=${!long}>${long ? fill(words.tooLong, count(long), count(LONGEST)) : ''}</p>
      <div class="field">
        <textarea
          dir="auto"
          rows=${Math.min(5, this.#draft.split('\n').length)}
          autocomplete="off"
          enterkeyhint="send"
          aria-label=${words.inputLabel}
          aria-invalid=${long ? 'true' : nothing}
          aria-describedby=${long ? 'too-long' : nothing}
          placeholder=${words.placeholder}
          .value=${this.#draft}
          @input=${(event: Event) => this.#write((event.target as HTMLTextAreaElement).value)}
          @keydown=${(event: KeyboardEvent) => this.#onInputKey(event)}
        ></textarea>
        <button class="send" type="submit">${words.send}</button>
      </div>
    </form>`;
  }
}

/** The tag as the browser writes it (`en_US` is `en-US`), or `en` for what is no tag: dates would refuse it. */
function languageTag(written: string): string {
  try {
    return Intl.getCanonicalLocales(written.replace('_', '-'))[0] ?? 'en';
  } catch {
    return 'en';
  }
}

/** The browser's storage of that name, or null where the browser forbids it. */
function storage(name: 'sessionStorage' | 'localStorage'): Storage | null {
  try {
    return window[name];
  } catch {
    return null;
  }
}

/** `crypto.randomUUID` exists only on pages that were fetched securely. */
function newId(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
