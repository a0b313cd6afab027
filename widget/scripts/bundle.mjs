// The one place that says how the widget is built, so that the build, its check and the tests agree.
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';

const widget = resolve(dirname(fileURLToPath(import.meta.url)), '..');

export const builtFile = resolve(widget, '../bot/gateway/static/widget.js');
export const targets = ['chrome109', 'edge109', 'firefox115', 'safari16.4'];

/**
 * Takes out the blanks that esbuild must leave in template literals: indentation everywhere (none of our templates
 * means it), and in the style sheet all that CSS does not need.
 */
const smallTemplates = {
  name: 'small-templates',
  setup(plugin) {
    plugin.onLoad({ filter: /[\\/]widget[\\/]src[\\/][^\\/]+\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace(/\n\s+/g, '\n').replace(/css`[^`]*`/g, (sheet) =>
        sheet
          .replace(/\/\*.*?\*\//gs, '')
          .replace(/\s+/g, ' ')
          .replace(/ ?([{};,]) ?/g, '$1')
          .replace(/: /g, ':')
          .replace(/;}/g, '}'),
      );
      return { contents, loader: 'ts' };
    });
  },
};

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
