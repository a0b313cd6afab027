// Bundles each tests/*.test.ts for Node and runs them with Node's own runner.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const widget = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const cache = join(widget, 'node_modules', '.cache');
mkdirSync(cache, { recursive: true });
const out = mkdtempSync(join(cache, 'tests-'));
let status = 1;
try {
  const sources = readdirSync(join(widget, 'tests')).filter((name) => name.endsWith('.test.ts')).sort();
  await build({
    absWorkingDir: widget,
    entryPoints: sources.map((name) => join('tests', name)),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  const built = readdirSync(out).filter((name) => name.endsWith('.mjs')).map((name) => join(out, name));
  const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...built], { cwd: widget, stdio: 'inherit' });
  status = run.status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
process.exit(status);
