// `npm run build` writes the built files; `--check` only compares them with what the source builds to.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { builtFiles } from './bundle.mjs';

const check = process.argv.includes('--check');
for (const [path, built] of await builtFiles()) {
  const name = relative('..', path);
  if (check && !built.equals(await readFile(path).catch(() => Buffer.alloc(0)))) {
    console.error(`${name} is not what the source builds to: run \`npm run build\` in widget/.`);
    process.exit(1);
  }
  if (!check) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, built);
  }
  console.log(`${name}: ${built.length} bytes, ${gzipSync(built, { level: 9 }).length} gzip`);
}
