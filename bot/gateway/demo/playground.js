// Builds the tag from the form and shows the widget as that tag would.
'use strict';

const form = document.getElementById('choices');
const preview = document.getElementById('preview');
const field = (name) => form.elements.namedItem(name);
const ATTRIBUTES = ['lang', 'dir', 'region', 'heading', 'logo', 'theme'];
const PROPERTIES = { accent: '--ia-accent', radius: '--ia-radius' };

const quoted = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
const attributes = () =>
  ATTRIBUTES.map((name) => [name, field(name).value.trim()]).filter(([, value]) => value !== '');

function properties() {
  return Object.entries(PROPERTIES)
    .filter(([name]) => field(name).value !== field(name).defaultValue)
    .map(([name, property]) => [property, name === 'radius' ? `${field(name).value}px` : field(name).value]);
}

function words() {
  const origin = originOf(field('server').value);
  const place = { inline: ' data-inline="#chat"', corner: '', open: ' data-open' }[field('place').value];
  const data = attributes().map(([name, value]) => ` data-${name}="${quoted(value)}"`);
  const style = properties().map(([property, value]) => `  ${property}: ${value};\n`);
  document.getElementById('tag').textContent =
    `${place.includes('inline') ? '<div id="chat"></div>\n' : ''}<script src="${origin}/widget.js"${data.join('')}${place} defer></script>`;
  document.getElementById('style').textContent = `isotretinoin-assistant {\n${style.join('')}}`;
  document.getElementById('style-part').hidden = style.length === 0;
  document.getElementById('policy').textContent = `script-src 'self' ${origin}; connect-src 'self' ${origin}`;
}

function originOf(address) {
  try {
    return new URL(address).origin;
  } catch {
    return location.origin;
  }
}

function show() {
  words();
  document.querySelector('isotretinoin-assistant')?.remove();
  const element = document.createElement('isotretinoin-assistant');
  element.setAttribute('server', originOf(field('server').value));
  for (const [name, value] of attributes()) element.setAttribute(name, value);
  for (const [property, value] of properties()) element.style.setProperty(property, value);
  const inline = field('place').value === 'inline';
  element.toggleAttribute('inline', inline);
  element.toggleAttribute('open', field('place').value === 'open');
  (inline ? preview : document.body).append(element);
}

let soon;
form.addEventListener('input', () => {
  clearTimeout(soon);
  soon = setTimeout(show, 200);
});
form.addEventListener('submit', (event) => event.preventDefault());
document.getElementById('copy').addEventListener('click', async () => {
  const said = document.getElementById('copied');
  try {
    await navigator.clipboard.writeText(document.getElementById('tag').textContent);
    said.textContent = 'Copied.';
  } catch {
    said.textContent = 'The browser does not let this page copy. Mark the tag and copy it.';
  }
});

field('server').value = location.origin;
field('server').defaultValue = location.origin;
show();
