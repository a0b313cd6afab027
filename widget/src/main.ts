/** The script tag's side: defines the element and puts one on the page. */

import { IsotretinoinAssistant, SMALL } from './element.js';

const TAG = 'isotretinoin-assistant';
/** The tag's data attributes that the element has under the same name. */
const SAME = ['server', 'lang', 'dir', 'region', 'theme', 'heading', 'logo', 'links', 'retention-days'];
const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : null;

if (!customElements.get(TAG)) customElements.define(TAG, IsotretinoinAssistant);

/** Makes the element that the tag's data attributes describe. A page that writes the element itself gets no second one. */
function mount(tag: HTMLScriptElement): void {
  if (document.querySelector(TAG)) return;
  const element = document.createElement(TAG);
  element.setAttribute('server', new URL(tag.src).origin);
  for (const name of SAME) {
    const value = tag.getAttribute(`data-${name}`);
    if (value) element.setAttribute(name, value);
  }
  const { inline, open } = tag.dataset;
  if (inline !== undefined) {
    element.toggleAttribute('inline');
    const container = inline ? document.querySelector(inline) : null;
    if (container) container.append(element);
    else tag.after(element);
    return;
  }
  // On a small screen the chat would cover the page that the visitor came for.
  element.toggleAttribute('open', open !== undefined && !matchMedia(SMALL).matches);
  document.body.append(element);
}

if (script?.src) {
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', () => mount(script));
  else mount(script);
}
