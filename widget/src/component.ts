/** A custom element that draws itself with Lit's templates: the part of LitElement that the widget needs. */

import { render, type TemplateResult } from 'lit/html.js';

export abstract class Component extends HTMLElement {
  readonly root = this.attachShadow({ mode: 'open' });
  #drawn: Promise<void> | null = null;

  constructor(styles: string) {
    super();
    // A constructed sheet needs no style element, which a content security policy would refuse.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    this.root.adoptedStyleSheets = [sheet];
  }

  attributeChangedCallback(): void {
    void this.draw();
  }

  /** Draws soon, once however often it is asked for; resolves when it is done. */
  draw(): Promise<void> {
    return (this.#drawn ??= Promise.resolve().then(() => {
      this.#drawn = null;
      if (!this.isConnected || !this.ready) return;
      render(this.view(), this.root);
      this.afterDrawing();
    }));
  }

  find(selector: string): HTMLElement | null {
    return this.root.querySelector<HTMLElement>(selector);
  }

  protected abstract readonly ready: boolean;
  protected abstract view(): TemplateResult;
  protected abstract afterDrawing(): void;
}
