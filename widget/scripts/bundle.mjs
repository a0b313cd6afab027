// The one place that says how the widget is built, so that the build, its check and the tests agree.
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const widget = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const served = resolve(widget, '../bot/gateway/static');

export const builtFile = join(served, 'widget.js');
export const targets = ['chrome109', 'edge109', 'firefox115', 'safari16.4'];

/**
 * Makes the text in template literals as small as code: style sheets by esbuild's own rules, and in markup the
 * indentation and the breaks between tags and attributes, none of which our templates mean.
 */
const smallTemplates = {
  name: 'small-templates',
  setup(plugin) {
    plugin.onLoad({ filter: /[\\/]widget[\\/]src[\\/][^\\/]+\.ts$/ }, async ({ path }) => {
      let contents = await readFile(path, 'utf8');
      for (const [whole, sheet] of contents.matchAll(/css`([^`]*)`/g)) {
        contents = contents.replace(whole, () => `css\`SHEET${sheet.length}\``);
        const small = await smallSheet(sheet);
        contents = contents.replace(`SHEET${sheet.length}`, () => small);
      }
      return { contents: contents.replace(/\n\s+/g, '\n').replace(/>\n</g, '><'), loader: 'ts' };
    });
  },
};

/** A sheet, or declarations alone; `${parts}` of it stand as they are. */
async function smallSheet(sheet) {
  const parts = [];
  const whole = sheet.replace(/\$\{\w+\}/g, (part) => `--part:${parts.push(part) - 1};`);
  const rule = whole.includes('{') ? whole : `a{${whole}}`;
  const { code } = await transform(rule, { loader: 'css', minify: true, target: targets });
  const small = rule === whole ? code : code.trim().slice(2, -1) + ';';
  return small.trim().replace(/--part: ?(\d+);?/g, (_, at) => parts[at]).replaceAll('\\', '\\\\');
}

/** Lit is the only code of others in the file; its licence asks to be named. */
const banner = '/*! Apache-2.0. Contains Lit, Copyright 2017-2022 Google LLC, BSD-3-Clause. */';

/** The widget as one classic script: the bytes that `npm run build` writes. */
export async function bundle() {
  const result = await build({
    absWorkingDir: widget,
    entryPoints: ['src/main.ts'],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: targets,
    charset: 'utf8',
    legalComments: 'none',
    banner: { js: banner },
    plugins: [smallTemplates],
    logLevel: 'warning',
  });
  return Buffer.from(result.outputFiles[0].contents);
}

/** Every file that the build writes, by path: the script, and each language that is not built into it. */
export async function builtFiles() {
  const files = new Map([[builtFile, await bundle()]]);
  for (const name of readdirSync(join(widget, 'src/words'))) {
    if (name === 'en.json') continue;
    const words = JSON.parse(await readFile(join(widget, 'src/words', name), 'utf8'));
    files.set(join(served, 'words', name), Buffer.from(`${JSON.stringify(words)}\n`));
  }
  return files;
}
