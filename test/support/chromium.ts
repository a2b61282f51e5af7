import { existsSync } from 'node:fs';
import { describe, test } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';

/** Where Debian's package puts it, and where other systems do. `CHROMIUM` names another. */
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export function findChromium(): string | null {
  const named = process.env.CHROMIUM;
  return [...(named === undefined ? [] : [named]), ...places].find((path) => existsSync(path)) ?? null;
}

/** A browser that talks to nobody but the pages it is sent to. */
export function startChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Tests in a browser; where there is none they are skipped, and that is said. */
export function describeInBrowser(name: string, body: (executablePath: string) => void): void {
  const found = findChromium();
  if (found !== null) {
    describe(name, () => body(found));
    return;
  }
  console.warn(
    `No Chromium was found: «${name}» is skipped. Debian: apt-get install chromium. CHROMIUM names another.`,
  );
  describe(name, () => {
    test.skip('needs Chromium', () => {});
  });
}
