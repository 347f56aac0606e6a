// SPDX-License-Identifier: Apache-2.0

// Bundles the pages into the folder given, by default the one Maven packs. Does nothing when no input changed since the last time.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, 'source');
const target = process.argv[2] ?? join(here, '../target/classes/META-INF/resources/console');
const copied = ['vm.html', 'player.html', 'colours.css', 'icon.svg'];
const bundled = ['vm.js', 'player.js', 'console.css'];

function fingerprint(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function isCurrent(stamp, value) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === value;
}

function installPackages() {
  const stamp = join(here, 'node_modules/.installed');
  const wanted = fingerprint([join(here, 'package.json'), join(here, 'package-lock.json')]);
  if (!isCurrent(stamp, wanted)) {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: here,
      stdio: 'inherit',
    });
    writeFileSync(stamp, wanted);
  }
  return wanted;
}

async function bundle(packages) {
  const stamp = join(target, '../../../../browser.stamp');
  const inputs = readdirSync(source).sort().map((name) => join(source, name));
  const wanted = packages + fingerprint([fileURLToPath(import.meta.url), ...inputs]);
  if (isCurrent(stamp, wanted) && existsSync(join(target, 'vm.js'))) {
    return;
  }
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: here,
    entryPoints: bundled.map((name) => join(source, name)),
    outdir: target,
    bundle: true,
    minify: true,
    format: 'esm',
    splitting: true,
    chunkNames: 'part-[hash]',
    target: 'es2022',
    legalComments: 'eof',
    logLevel: 'warning',
  });
  for (const name of copied) {
    copyFileSync(join(source, name), join(target, name));
  }
  writeFileSync(stamp, wanted);
}

await bundle(installPackages());
