// `npm run build` writes the built file; `--check` only compares it with what the source builds to.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { builtFile, bundle } from './bundle.mjs';

const built = await bundle();
const size = `${built.length} bytes, ${gzipSync(built, { level: 9 }).length} gzip`;

if (process.argv.includes('--check')) {
  const committed = await readFile(builtFile).catch(() => Buffer.alloc(0));
  if (!built.equals(committed)) {
    console.error('bot/gateway/static/widget.js is not what the source builds to: run `npm run build` in widget/.');
    process.exit(1);
  }
  console.log(`widget.js is what the source builds to (${size})`);
} else {
  await mkdir(dirname(builtFile), { recursive: true });
  await writeFile(builtFile, built);
  console.log(`widget.js written (${size})`);
}
