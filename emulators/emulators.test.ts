import { expect, test } from '@jest/globals';
import { parseJavaVersion } from './find-java.ts';
import { manifestJar } from './manifest-jar.ts';

test.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['java version "1.8.0_392"', 8],
  ['openjdk version "25" 2025-09-16', 25],
  ['command not found', null],
])('%j is Java %s', (printed, version) => expect(parseJavaVersion(printed)).toBe(version));

test('the jar says which class of which jar to start, in lines that Java takes', () => {
  const path = `file:///opt/${'a-long-folder/'.repeat(12)}emulator.jar`;
  const jar = manifestJar('com.example.Main', path);
  expect(jar.subarray(0, 4).toString('latin1')).toBe('PK\x03\x04');
  const manifest =
    jar
      .subarray(30 + 'META-INF/MANIFEST.MF'.length)
      .toString('latin1')
      .split('PK\x01\x02')[0] ?? '';
  expect(Math.max(...manifest.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(72);
  const unfolded = manifest.replaceAll('\r\n ', '');
  expect(unfolded).toContain('Main-Class: com.example.Main\r\n');
  expect(unfolded).toContain(`Class-Path: ${path}\r\n`);
});
