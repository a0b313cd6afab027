/** The script tag's side: defines the element and puts one on the page. */

import { IsotretinoinAssistant } from './element.js';

const TAG = 'isotretinoin-assistant';
const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : null;

if (!customElements.get(TAG)) customElements.define(TAG, IsotretinoinAssistant);

/** Makes the element that the tag's data attributes describe. A page that writes the element itself gets no second one. */
function mount(tag: HTMLScriptElement): void {
  if (document.querySelector(TAG)) return;
  const { server, lang, region, theme, retentionDays, open, inline } = tag.dataset;
  const element = document.createElement(TAG) as IsotretinoinAssistant;
  element.server = server || new URL(tag.src).origin;
  if (lang) element.lang = lang;
  if (region) element.region = region;
  if (theme) element.setAttribute('theme', theme);
  if (retentionDays) element.setAttribute('retention-days', retentionDays);
  if (inline !== undefined) {
    element.inline = true;
    const container = inline ? document.querySelector(inline) : null;
    if (container) container.append(element);
    else tag.after(element);
    return;
  }
  // On a small screen the chat would cover the page that the visitor came for.
  element.open = open !== undefined && !matchMedia('(max-width: 480px), (max-height: 480px)').matches;
  document.body.append(element);
}

if (script?.src) {
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', () => mount(script));
  else mount(script);
}
