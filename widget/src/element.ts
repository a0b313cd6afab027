import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { Api, Problem, type HelpLine } from './api.js';
import { spoken } from './citations.js';
import { Connection } from './connection.js';
import { chatIcon, closeIcon, optionsIcon } from './icons.js';
import { Memory } from './memory.js';
import { entryView, outgoingView } from './message-view.js';
import { deleteSheet, examplesView, helpSheet, noticeView, optionsSheet } from './sheets.js';
import {
  arrivals,
  isUrgent,
  isUsed,
  reduce,
  start,
  unread,
  type Action,
  type Delivery,
  type Entry,
  type State,
} from './store.js';
import { knownNumbers, staticHelp, stringsFor, type Strings } from './strings.js';
import { styles } from './styles.js';

const LONGEST = 4_000;
const SMALL = '(max-width: 480px), (max-height: 480px)';
const SPOKEN_MS = 15_000;

type Sheet = 'help' | 'options' | 'delete' | null;

/** `<isotretinoin-assistant>`: the launcher and the chat. Attributes are described in docs/widget.md. */
export class IsotretinoinAssistant extends LitElement {
  static override styles = styles;
  static override properties = {
    server: {},
    region: {},
    open: { type: Boolean, reflect: true },
    inline: { type: Boolean, reflect: true },
    retentionDays: { type: Number, attribute: 'retention-days' },
  };

  declare server: string;
  declare region: string;
  declare open: boolean;
  declare inline: boolean;
  declare retentionDays: number | null;

  /** What the conversation looks like now; changed by `dispatch` alone. */
  state: State = start;

  #connection: Connection | null = null;
  #gone: AbortController | null = null;
  #api = new Api('');
  #help: readonly HelpLine[] = [];
  #helpRegion = '';
  #sheet: Sheet = null;
  #openSources = new Map<string, number | 'all'>();
  #draft = '';
  #toldFailed = new Set<string>();
  #status = '';
  #bar = '';
  #urgent: readonly string[] = [];
  #statusTimer: ReturnType<typeof setTimeout> | undefined;
  #urgentTimer: ReturnType<typeof setTimeout> | undefined;
  /** Until the remembered conversation is loaded, nothing of it is read out. */
  #ready = false;
  #atEnd = true;
  /** Whether something new came in below what the patient looks at. */
  #below = false;
  #fresh: Entry[] = [];
  readonly #small = matchMedia(SMALL);

  constructor() {
    super();
    this.server = '';
    this.region = 'US';
    this.open = false;
    this.inline = false;
    this.retentionDays = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const server = this.server.replace(/\/+$/, '');
    this.#api = new Api(server);
    const place = (): { region: string; language: string } => ({ region: this.region, language: this.lang || 'en' });
    this.#connection = new Connection(this.#api, new Memory(storage(), server || location.origin), this, place);
    void this.#connection.start().then(() => {
      this.#ready = true;
      this.requestUpdate();
    });
    this.#gone = new AbortController();
    const until = { signal: this.#gone.signal };
    addEventListener('online', () => this.#connection?.wake(), until);
    document.addEventListener('visibilitychange', () => this.#onVisibility(), until);
    this.#small.addEventListener('change', () => this.requestUpdate(), until);
    visualViewport?.addEventListener('resize', () => this.#fit(), until);
    visualViewport?.addEventListener('scroll', () => this.#fit(), until);
    if (this.#visible) this.#loadHelp();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#connection?.stop();
    this.#connection = null;
    clearTimeout(this.#statusTimer);
    clearTimeout(this.#urgentTimer);
    this.#gone?.abort();
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
      this.#say('');
    }
    if (action.type === 'delivery') this.#onDelivery(action.clientId, action.delivery, action.reason ?? '');
    if (action.type === 'online' && action.on) this.#say(this.#words.online);
    if (this.#visible && !document.hidden && before.entries !== this.state.entries) this.#connection?.seen();
    this.requestUpdate();
  }

  /** Opens the chat and puts the cursor into it. */
  async show(): Promise<void> {
    this.open = true;
    this.#loadHelp();
    this.#connection?.seen();
    await this.updateComplete;
    this.#find('textarea')?.focus();
  }

  /** Closes the chat and puts the focus back on the launcher. */
  async hide(): Promise<void> {
    this.open = false;
    this.#sheet = null;
    await this.updateComplete;
    this.#find('.launcher')?.focus();
  }

  get #visible(): boolean {
    return this.open || this.inline;
  }

  get #isEmpty(): boolean {
    const { earlier, ended, entries, outbox } = this.state;
    return !(ended || earlier.length + entries.length + outbox.length);
  }

  get #words(): Strings {
    return stringsFor(this.lang);
  }

  get #tooLong(): number {
    const length = this.#draft.length > LONGEST ? [...this.#draft].length : 0;
    return length > LONGEST ? length : 0;
  }

  #find(selector: string): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(selector);
  }

  #onVisibility(): void {
    if (document.hidden) return;
    this.#connection?.wake();
    if (this.#visible) this.#connection?.seen();
  }

  /** Keeps the full-screen panel above an on-screen keyboard. */
  #fit(): void {
    const view = visualViewport;
    const panel = this.#find('.panel');
    if (!view || !panel) return;
    const keyboard = view.scale < 1.02 && view.height < innerHeight - 60;
    panel.style.setProperty('--_height', keyboard ? `${view.height}px` : '');
    panel.style.setProperty('--_top', keyboard ? `${view.offsetTop}px` : '');
  }

  #loadHelp(): void {
    if (this.#helpRegion === this.region) return;
    this.#helpRegion = this.region;
    this.#api.help(this.region).then(
      (lines) => {
        this.#help = lines;
        this.requestUpdate();
      },
      (error) => {
        // The words in the catalogue stand in; the next opening asks again, unless the server has no such list.
        if (!(error instanceof Problem) || error.passing) this.#helpRegion = '';
      },
    );
  }

  /** Reads out a line about the chat itself, and shows it for a while or, with null, until the patient goes on. */
  #say(text: string, shown = text, milliseconds: number | null = SPOKEN_MS): void {
    clearTimeout(this.#statusTimer);
    this.#status = text;
    this.#bar = shown;
    if (text && milliseconds) this.#statusTimer = setTimeout(() => this.#say(''), milliseconds);
    this.requestUpdate();
  }

  #announce(fresh: readonly Entry[]): void {
    const urgent = fresh.filter(isUrgent);
    if (urgent.length) {
      const said = urgent.map((entry) => `${this.#words.urgentLabel}: ${spoken(entry.text, entry.citations)}`);
      // Added to what is still being read out: a second message must not cut off the first.
      this.#urgent = [...this.#urgent, ...said];
      clearTimeout(this.#urgentTimer);
      this.#urgentTimer = setTimeout(() => {
        this.#urgent = [];
        this.requestUpdate();
      }, SPOKEN_MS);
    }
    const last = fresh.at(-1);
    if (last && !this.#visible) this.#say(this.#words.newFrom[last.author === 'clinician' ? 'clinician' : 'assistant']);
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
  }

  #send(text: string, buttonId: string | null = null): void {
    this.#connection?.send({ clientId: newId(), text, buttonId });
  }

  #submit(): void {
    if (!this.#draft.trim() || this.#tooLong) return;
    this.#send(this.#draft.trim());
    this.#write('');
  }

  #write(text: string): void {
    this.#draft = text;
    this.requestUpdate();
  }

  async #edit(clientId: string, text: string): Promise<void> {
    this.#connection?.discard(clientId);
    this.#write(text);
    await this.updateComplete;
    this.#find('textarea')?.focus();
  }

  async #toggleSheet(sheet: Sheet): Promise<void> {
    const closing = this.#sheet === sheet ? sheet : null;
    this.#sheet = closing ? null : sheet;
    this.requestUpdate();
    await this.updateComplete;
    if (!closing) this.#find('.sheet')?.focus();
    else this.#find(closing === 'help' ? '.help-toggle' : '.options-toggle')?.focus();
  }

  async #delete(): Promise<void> {
    const words = this.#words;
    const { outcome, note } = (await this.#connection?.delete()) ?? { outcome: 'failed', note: '' };
    const said = { deleted: note || words.deleted, ended: words.deleteEnded, failed: words.deleteFailed }[outcome];
    this.#say(said, said, outcome === 'failed' ? SPOKEN_MS : null);
    if (outcome === 'failed') return;
    this.#sheet = null;
    this.#openSources.clear();
    this.requestUpdate();
    await this.updateComplete;
    this.#find('textarea')?.focus();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Tab') this.#keepFocus(event);
    if (event.key !== 'Escape' || event.isComposing) return;
    if (this.#sheet) void this.#toggleSheet(this.#sheet);
    else if (!this.inline) void this.hide();
    else return;
    event.stopPropagation();
  }

  /** Where the panel covers the page, Tab goes round inside it: nothing behind it can be seen. */
  #keepFocus(event: KeyboardEvent): void {
    if (!this.#covers) return;
    const stops = [...this.renderRoot.querySelectorAll<HTMLElement>('.panel :is(button, a, textarea, [tabindex="0"])')];
    const shown = stops.filter((stop) => stop.getClientRects().length);
    const [first, last] = [shown[0], shown.at(-1)];
    const current = this.shadowRoot?.activeElement;
    if (current === (event.shiftKey ? first : last)) {
      event.preventDefault();
      (event.shiftKey ? last : first)?.focus();
    }
  }

  get #covers(): boolean {
    return !this.inline && this.#small.matches;
  }

  #onInputKey(event: KeyboardEvent): void {
    // While an input method composes, Enter chooses a word.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit();
  }

  readonly #onScroll = (): void => {
    const scroll = this.#find('.scroll');
    if (!scroll) return;
    const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 48;
    this.#atEnd = atEnd;
    if (!atEnd || !this.#below) return;
    this.#below = false;
    this.requestUpdate();
  };

  readonly #toEnd = (): void => {
    const scroll = this.#find('.scroll');
    scroll?.scrollTo({ top: scroll.scrollHeight });
  };

  protected override updated(changed: PropertyValues): void {
    if (changed.has('region') && this.#visible) this.#loadHelp();
    const fresh = this.#fresh.splice(0);
    // The notice is read from its top.
    if (!this.#atEnd || !this.#visible || this.#isEmpty) return;
    this.#toEnd();
    // A long answer is read from its first line.
    const first = fresh.find(isUrgent) ?? fresh[0];
    const element = first && this.renderRoot.querySelector<HTMLElement>(`[data-key="${first.key}"]`);
    const scroll = this.#find('.scroll');
    if (element && scroll && scroll.scrollHeight > scroll.clientHeight) {
      const top = element.getBoundingClientRect().top - scroll.getBoundingClientRect().top;
      if (top < 8) {
        scroll.scrollTop += top - 8;
        this.#atEnd = false;
      }
    }
  }

  protected override render(): TemplateResult {
    const words = this.#words;
    const { online, typing } = this.state;
    const status = this.#status || (online ? '' : words.offline) || (typing ? words.typing : '');
    return html`<div class="root" lang=${this.lang || 'en'} dir=${words.dir} role="region" aria-label=${words.title}>
      ${this.inline || this.open ? nothing : this.#launcher(words)} ${this.#panel(words)}
      <div class="unseen" role="status">${status}</div>
      <div class="unseen" aria-live="assertive">${this.#urgent.map((text) => html`<p>${text}</p>`)}</div>
    </div>`;
  }

  #launcher(words: Strings): TemplateResult {
    const count = unread(this.state);
    return html`<button class="launcher" type="button" aria-haspopup="dialog" @click=${() => this.show()}>
      ${chatIcon} <span>${words.launcher}</span>
      ${count ? html`<span class="badge" aria-hidden="true">${count}</span>` : nothing}
      ${count ? html`<span class="unseen">, ${words.unread(count)}</span>` : nothing}
    </button>`;
  }

  #panel(words: Strings): TemplateResult {
    const bar = this.#bar || (this.state.online ? '' : words.offline);
    return html`<div
      class="panel"
      role=${this.inline ? nothing : 'dialog'}
      aria-labelledby=${this.inline ? nothing : 'title'}
      aria-modal=${this.#covers ? 'true' : nothing}
      ?hidden=${!this.#visible}
      @keydown=${this.#onKey}
    >
      ${this.#header(words)} ${this.#sheetView(words)}
      <div class="scroll" tabindex="0" role="group" aria-label=${words.conversation} @scroll=${this.#onScroll}>
        ${noticeView(words, this.retentionDays)} ${this.#isEmpty ? examplesView(words, (example) => this.#ask(example)) : nothing}
        <div role="log" aria-live=${this.#ready ? 'polite' : 'off'} aria-relevant="additions" aria-label=${words.messages}>
          ${this.#timeline(words)}
        </div>
        ${this.state.typing ? html`<div class="typing" aria-hidden="true"><i></i><i></i><i></i></div>` : nothing}
      </div>
      <div class="below">
        ${this.#below && !this.#sheet
          ? html`<button class="newest" type="button" @click=${this.#toEnd}>${words.newest}</button>`
          : nothing}
        ${bar ? html`<div class="bar" aria-hidden="true">${bar}</div>` : nothing}
        ${this.#compose(words)}
      </div>
    </div>`;
  }

  #header(words: Strings): TemplateResult {
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
    return html`<div class="header">
      <h2 class="title" id="title">${words.title}</h2>
      ${toggle('help-toggle', 'help', this.#sheet === 'help', words.urgentHelp, words.urgentHelp)}
      ${this.#connection?.hasSession
        ? toggle(
            'icon options-toggle',
            'options',
            this.#sheet === 'options' || this.#sheet === 'delete',
            words.options,
            optionsIcon,
          )
        : nothing}
      ${this.inline
        ? nothing
        : html`<button class="icon" type="button" aria-label=${words.close} @click=${() => this.hide()}>${closeIcon}</button>`}
    </div>`;
  }

  #sheetView(words: Strings): TemplateResult | typeof nothing {
    switch (this.#sheet) {
      case 'help':
        return helpSheet(words, this.#lines, () => this.#toggleSheet('help'));
      case 'options':
        return optionsSheet(words, () => this.#toggleSheet('delete'));
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
    return this.#help.length ? this.#help : staticHelp(this.#words, this.region);
  }

  #ask(example: string): void {
    this.#send(example);
    // The button that was pressed is gone.
    this.#find('.scroll')?.focus();
  }

  #timeline(words: Strings): TemplateResult {
    const { earlier, entries, outbox } = this.state;
    const clock = new Intl.DateTimeFormat(this.lang || 'en', { hour: 'numeric', minute: '2-digit' });
    const numbers = [...new Set([...knownNumbers(words), ...this.#lines.map((line) => line.number)])];
    const lastOwn = outbox.length ? undefined : entries.filter((entry) => entry.author === 'patient').at(-1);
    const view = (entry: Entry): TemplateResult =>
      entryView(entry, {
        words,
        numbers,
        clock,
        open: this.#openSources.get(entry.key) ?? null,
        isLastOwn: entry === lastOwn,
        toggleSource: (which) => {
          if (this.#openSources.get(entry.key) === which) this.#openSources.delete(entry.key);
          else this.#openSources.set(entry.key, which);
          this.requestUpdate();
        },
        isUsed: (reply) => isUsed(this.state, entry, reply.id),
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
          { words, numbers, clock },
          () => this.#retry(message.clientId),
          () => this.#edit(message.clientId, message.text),
        ),
      )}
    </ol>`;
  }

  #compose(words: Strings): TemplateResult {
    const long = this.#tooLong;
    const count = (value: number): string => value.toLocaleString(this.lang || 'en');
    return html`<form class="compose" @submit=${(event: Event) => (event.preventDefault(), this.#submit())}>
      <p class="error" id="too-long" ?hidden=${!long}>${long ? words.tooLong(count(long), count(LONGEST)) : ''}</p>
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
          @keydown=${this.#onInputKey}
        ></textarea>
        <button class="send" type="submit">${words.send}</button>
      </div>
    </form>`;
  }
}

/** This tab's storage, or null where the browser forbids it. */
function storage(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

/** `crypto.randomUUID` exists only on pages that were fetched securely. */
function newId(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
