/** Marks a style sheet, so that the build can make it small. */
export const css = (parts: TemplateStringsArray, ...values: string[]): string => String.raw({ raw: parts }, ...values);

/** Colours by role. A page's own rule for the element wins over these, so each is a theming hook; see docs/widget.md. */
const light = css`
  --ia-accent: #0b6670;
  --ia-on-accent: #fff;
  --ia-surface: #fff;
  --ia-canvas: #f3f7f7;
  --ia-text: #17242a;
  --ia-muted: #50616a;
  --ia-line: #d3dee0;
  --ia-edge: #6b7d86;
  --ia-urgent: #b3261e;
  --ia-urgent-surface: #fff4f2;
  --ia-clinician: #3b4aa8;
  --ia-clinician-surface: #eff1fd;
  --ia-focus: #1a4fd6;
  color-scheme: light;
`;

const dark = css`
  --ia-accent: #6fd0d4;
  --ia-on-accent: #04282b;
  --ia-surface: #1b2529;
  --ia-canvas: #12191c;
  --ia-text: #e9f0f1;
  --ia-muted: #a9b8bc;
  --ia-line: #36444a;
  --ia-edge: #8a9ba1;
  --ia-urgent: #ffb3aa;
  --ia-urgent-surface: #3a1815;
  --ia-clinician: #b9c3ff;
  --ia-clinician-surface: #20264a;
  --ia-focus: #9db8ff;
  color-scheme: dark;
`;

export const styles = css`
  :host {
    all: initial;
    display: contents;
    ${light}
    --ia-font: system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif;
    --ia-radius: 18px;
    --ia-width: 412px;
    --ia-height: 700px;
    --ia-offset: 20px;
    --ia-z-index: 2147483000;
  }
  @media (prefers-color-scheme: dark) {
    :host(:not([theme='light'])) {
      ${dark}
    }
  }
  :host([theme='dark']) {
    ${dark}
  }
  :host([inline]) {
    display: block;
    block-size: 100%;
  }

  * {
    box-sizing: border-box;
    margin: 0;
    padding: 0;
    font: inherit;
    letter-spacing: inherit;
    word-spacing: inherit;
    color: inherit;
    list-style: none;
    overflow-wrap: anywhere;
  }
  [hidden] {
    display: none !important;
  }
  /* Not on :host alone: a page's own rules beat those there. Spacing is inherited, because readers set it. */
  .root {
    all: initial;
    display: block;
    letter-spacing: inherit;
    word-spacing: inherit;
    color-scheme: inherit;
    font: medium/1.5 var(--ia-font);
    color: var(--ia-text);
  }
  :host([inline]) .root {
    block-size: 100%;
  }
  button,
  label,
  .dial {
    min-block-size: 44px;
    padding: 4px 16px;
    border: 1px solid transparent;
    border-radius: 14px;
    background: none;
    cursor: pointer;
  }
  svg {
    display: block;
    flex: none;
  }
  :focus-visible {
    outline: 3px solid var(--ia-focus);
    outline-offset: 2px;
  }
  /* English in a chat that runs from right to left keeps its own order. */
  p,
  .meta * {
    unicode-bidi: plaintext;
  }
  .unseen {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .title,
  h3,
  .who,
  .launcher,
  .send,
  .dial,
  .help-toggle,
  .plain,
  .danger,
  .newest,
  .error,
  .bubble a,
  .cite,
  b {
    font-weight: 650;
  }
  .meta,
  .note,
  .examples h3,
  .ended,
  .sources,
  .who,
  .banner,
  .bar {
    font-size: 0.875em;
  }
  .meta,
  .note,
  .examples h3,
  .ended,
  .icon {
    color: var(--ia-muted);
  }
  .launcher,
  .send,
  .patient .bubble,
  .cite[aria-expanded='true'] {
    background: var(--ia-accent);
    color: var(--ia-on-accent);
  }
  .dial,
  .danger {
    background: var(--ia-urgent);
    color: var(--ia-surface);
  }
  .newest,
  .bar {
    background: var(--ia-text);
    color: var(--ia-surface);
  }
  .header,
  .sheet,
  .notice,
  .bubble,
  .sources,
  .reply,
  .typing,
  .compose,
  .failed .bubble {
    border: 1px solid var(--ia-line);
    background: var(--ia-surface);
    color: var(--ia-text);
  }

  .launcher,
  .panel {
    position: fixed;
    z-index: var(--ia-z-index);
    inset-block-end: max(var(--ia-offset), env(safe-area-inset-bottom));
    inset-inline-end: var(--ia-offset);
    box-shadow: 0 10px 36px rgb(8 30 36 / 28%);
  }
  .launcher {
    display: flex;
    align-items: center;
    gap: 10px;
    min-block-size: 56px;
    padding-inline: 18px 22px;
    border-radius: 28px;
  }
  .badge {
    min-inline-size: 1.75em;
    padding: 0 0.5em;
    border-radius: 1em;
    background: var(--ia-on-accent);
    color: var(--ia-accent);
    text-align: center;
  }
  .panel {
    display: flex;
    flex-direction: column;
    inline-size: min(var(--ia-width), 100vw - 2 * var(--ia-offset));
    block-size: min(var(--ia-height), 100dvh - 2 * var(--ia-offset));
    overflow: clip;
    border: 1px solid var(--ia-line);
    border-radius: var(--ia-radius);
    background: var(--ia-canvas);
    animation: rise 0.18s ease-out;
  }
  :host([inline]) .panel {
    position: static;
    inline-size: 100%;
    block-size: 100%;
    min-block-size: 420px;
    box-shadow: none;
    animation: none;
  }
  @keyframes rise {
    from {
      opacity: 0;
      transform: translateY(12px);
    }
  }

  .header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px;
    padding-block: 8px;
    padding-inline: 16px 8px;
    border-width: 0 0 1px;
  }
  .title {
    flex: 1;
    min-inline-size: min-content;
    line-height: 1.25;
    overflow-wrap: normal;
  }
  .icon {
    display: grid;
    place-items: center;
    inline-size: 44px;
    padding: 0;
  }
  .icon:hover,
  .choice:hover {
    background: var(--ia-canvas);
    color: var(--ia-text);
  }
  .help-toggle {
    border-color: var(--ia-urgent);
    border-radius: 22px;
    background: var(--ia-urgent-surface);
    color: var(--ia-urgent);
  }
  .reply:hover,
  .help-toggle:hover {
    box-shadow: inset 0 0 0 1px;
  }

  .sheet {
    max-block-size: 75%;
    min-block-size: 0;
    overflow: auto;
    padding: 14px 16px;
    border-width: 0 0 1px;
  }
  .sheet:focus-visible,
  .scroll:focus-visible {
    outline-offset: -3px;
  }
  .help {
    border-inline-start: 5px solid var(--ia-urgent);
  }
  .banner {
    display: flex;
    flex: none;
    gap: 10px;
    padding: 8px 16px;
    border-block-end: 1px solid var(--ia-line);
    background: var(--ia-clinician-surface);
    color: var(--ia-clinician);
  }
  .logo {
    max-block-size: 36px;
    max-inline-size: 25%;
    margin-inline-end: 6px;
  }
  .paper {
    position: fixed;
    inset-block-start: 0;
    inset-inline-end: 100%;
  }
  label,
  input {
    accent-color: var(--ia-accent);
    cursor: pointer;
  }
  input {
    inline-size: 22px;
    block-size: 22px;
    margin-inline-end: 10px;
    vertical-align: -5px;
  }
  #remember-note {
    padding-inline: 16px;
    margin-block-end: 8px;
  }
  .lines {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 8px 12px;
    margin-block: 10px;
  }
  .line {
    display: grid;
    grid-column: 1 / -1;
    grid-template-columns: subgrid;
    align-items: center;
  }
  .dial {
    display: grid;
    place-items: center;
    text-decoration: none;
  }
  .note {
    display: block;
  }
  .choice {
    display: block;
    inline-size: 100%;
    text-align: start;
  }
  .actions,
  .replies {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin-block-start: 10px;
  }
  .plain {
    border-color: var(--ia-edge);
  }

  .scroll {
    flex: 1 1 0;
    min-block-size: 0;
    overflow: hidden auto;
    overscroll-behavior: contain;
    padding: 16px;
  }
  .notice {
    padding: 14px 16px;
    border-radius: 14px;
    font-size: 0.9375em;
  }
  .notice p {
    margin-block-start: 8px;
  }
  .examples {
    margin-block-start: 16px;
  }

  .message {
    display: flex;
    flex-direction: column;
    align-items: flex-start;
    max-inline-size: 92%;
    margin-block-start: 14px;
  }
  .bubble {
    max-inline-size: 100%;
    padding: 10px 14px;
    border-radius: 16px;
    border-end-start-radius: 5px;
  }
  .bubble p + p {
    margin-block-start: 0.625em;
  }
  .patient {
    align-items: flex-end;
    margin-inline-start: auto;
  }
  .patient .bubble {
    border-color: transparent;
    border-radius: 16px;
    border-end-end-radius: 5px;
  }
  .failed .bubble {
    border: 1px dashed var(--ia-urgent);
  }
  .who {
    display: flex;
    align-items: center;
    gap: 6px;
    margin-block-end: 4px;
  }
  .clinician .who {
    color: var(--ia-clinician);
  }
  .clinician .bubble {
    border-color: var(--ia-clinician);
    border-inline-start-width: 5px;
    background: var(--ia-clinician-surface);
  }
  .urgent {
    max-inline-size: 100%;
  }
  .urgent .who,
  .error {
    color: var(--ia-urgent);
  }
  .urgent .bubble {
    border: 2px solid var(--ia-urgent);
    border-inline-start-width: 6px;
    background: var(--ia-urgent-surface);
  }
  .bubble a,
  .error a {
    padding-block: 0.25em;
    text-decoration: underline;
  }
  .bubble a:not(.link),
  .joined {
    white-space: nowrap;
  }
  .cite {
    position: relative;
    min-block-size: 0;
    margin-inline: 1px;
    padding: 1px 4px;
    border-color: var(--ia-line);
    border-radius: 6px;
    background: var(--ia-canvas);
    color: var(--ia-accent);
    font-size: 0.8125em;
    line-height: 1.2;
  }
  .cite::after {
    content: '';
    position: absolute;
    inset: -4px -2px;
  }
  .meta button {
    padding-inline: 8px;
    text-decoration: underline;
    text-underline-offset: 3px;
  }
  .sources {
    display: grid;
    gap: 8px;
    max-inline-size: 100%;
    margin-block-start: 6px;
    padding: 10px 14px;
    border-inline-start: 4px solid var(--ia-accent);
    border-radius: 10px;
  }
  .reply {
    border-color: var(--ia-accent);
    border-radius: 22px;
    color: var(--ia-accent);
    text-align: start;
  }
  .reply[aria-disabled='true'] {
    border: 1px dashed var(--ia-line);
    background: none;
    color: var(--ia-muted);
    box-shadow: none;
    cursor: default;
  }
  .meta {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 8px;
    margin-block-start: 3px;
  }
  .patient .meta {
    justify-content: flex-end;
  }
  .ended {
    margin-block-start: 16px;
    padding-block-start: 12px;
    border-block-start: 1px solid var(--ia-edge);
    text-align: center;
  }
  .typing {
    display: inline-flex;
    gap: 5px;
    margin-block-start: 14px;
    padding: 14px;
    border-radius: 16px;
  }
  .typing i {
    inline-size: 8px;
    block-size: 8px;
    border-radius: 50%;
    background: var(--ia-muted);
    animation: breathe 0.7s infinite alternate;
  }
  .typing i + i {
    animation-delay: 0.2s;
  }
  .typing i + i + i {
    animation-delay: 0.4s;
  }
  @keyframes breathe {
    to {
      opacity: 0.25;
    }
  }

  .header,
  .below {
    flex: none;
  }
  .below {
    position: relative;
  }
  .newest {
    position: absolute;
    inset-block-end: calc(100% + 8px);
    inset-inline: 0;
    inline-size: max-content;
    margin-inline: auto;
    border-radius: 22px;
  }
  .bar {
    padding: 6px 16px;
    text-align: center;
  }
  .compose {
    padding: 10px 12px;
    padding-block-end: max(10px, env(safe-area-inset-bottom));
    border-width: 1px 0 0;
  }
  .field {
    display: flex;
    align-items: flex-end;
    gap: 8px;
  }
  textarea {
    flex: 1;
    min-inline-size: 0;
    min-block-size: 44px;
    max-block-size: min(9.5em, 30dvh);
    padding: 9px 14px;
    border: 1px solid var(--ia-edge);
    border-radius: 14px;
    background: var(--ia-surface);
    resize: none;
    field-sizing: content;
  }
  textarea::placeholder {
    color: var(--ia-muted);
    opacity: 1;
  }
  textarea:focus-visible {
    outline-offset: 0;
  }

  @media (max-width: 480px), (max-height: 480px) {
    :host(:not([inline])) .panel {
      inset-block: var(--_top, 0px) auto;
      inset-inline: 0;
      inline-size: 100%;
      block-size: var(--_height, 100dvh);
      border: 0;
      border-radius: 0;
      animation: none;
    }
  }
  @media (max-width: 360px) {
    .header {
      gap: 0;
      padding-inline: 10px 0;
      font-size: 0.9375em;
    }
    .help-toggle {
      padding-inline: 8px;
    }
  }
  @media (max-height: 480px) {
    .scroll,
    .header,
    .compose {
      padding-block: 3px;
    }
    textarea {
      max-block-size: 4.5em;
    }
  }
  /* Zoomed in this far, there is room for the conversation and little else. */
  @media (max-height: 300px) {
    .newest,
    .more {
      display: none;
    }
    .banner {
      padding-block: 2px;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      animation: none !important;
    }
  }
  @media (forced-colors: active) {
    .launcher,
    .send,
    .dial,
    .danger,
    .newest,
    .bubble,
    .cite {
      border: 1px solid;
      background: Canvas !important;
      color: CanvasText !important;
    }
    .typing i {
      background: CanvasText;
    }
    .reply[aria-disabled='true'] {
      border-color: GrayText;
      color: GrayText;
    }
  }
`;
