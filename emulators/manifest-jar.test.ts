import { crc32 } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { manifestJar } from './manifest-jar.ts';

const LOCAL_HEADER_BYTES = 30;

/** The one file of a jar, read as a reader of zips does: from the end record to the directory to the file. */
function readJar(jar: Buffer): { name: string; text: string; crc: number } {
  const end = jar.length - 22;
  expect(jar.readUInt32LE(end)).toBe(0x06054b50);
  expect(jar.readUInt16LE(end + 10)).toBe(1);
  const directory = jar.readUInt32LE(end + 16);
  expect(jar.readUInt32LE(directory)).toBe(0x02014b50);
  expect(jar.readUInt32LE(end + 12)).toBe(end - directory);
  const size = jar.readUInt32LE(directory + 24);
  const nameLength = jar.readUInt16LE(directory + 28);
  const file = jar.readUInt32LE(directory + 42);
  expect(jar.readUInt32LE(file)).toBe(0x04034b50);
  const data = file + LOCAL_HEADER_BYTES + nameLength;
  return {
    name: jar.toString('latin1', file + LOCAL_HEADER_BYTES, data),
    text: jar.toString('latin1', data, data + size),
    crc: jar.readUInt32LE(directory + 16),
  };
}

describe.each([
  ['short', 'file:///opt/emulator.jar'],
  ['long', `file:///opt/${'a-long-folder/'.repeat(30)}emulator.jar`],
  ['just a line', `file:///${'x'.repeat(72 - 'Class-Path: file:///'.length)}`],
  ['a byte more than a line', `file:///${'x'.repeat(73 - 'Class-Path: file:///'.length)}`],
])('a jar that leads to another with a %s address', (_, address) => {
  const { name, text, crc } = readJar(manifestJar('com.example.Main', address));

  test('holds a whole manifest', () => {
    expect(name).toBe('META-INF/MANIFEST.MF');
    expect(crc).toBe(crc32(text));
    expect(text.endsWith('\r\n\r\n')).toBe(true);
  });

  test('has no line that Java would refuse', () => {
    expect(Math.max(...text.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(72);
  });

  test('names the class and the address', () => {
    const lines = text.replaceAll('\r\n ', '').trim().split('\r\n');
    expect(lines).toEqual(['Manifest-Version: 1.0', 'Main-Class: com.example.Main', `Class-Path: ${address}`]);
  });
});
