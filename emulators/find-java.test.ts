import { expect, test } from '@jest/globals';
import { parseJava } from './find-java.ts';

const printed = (version: string, home: string) => `Property settings:
    java.class.version = 61.0
    java.home = ${home}
    java.specification.version = 99
    java.version = ${version}
    java.version.date = 2025-04-15
    os.version = 6.1

openjdk version "${version}" 2025-04-15
`;

test.each([
  ['17.0.15', 17],
  ['1.8.0_392', 8],
  ['25', 25],
  ['26-ea', 26],
])('what prints %j is Java %d', (version, major) =>
  expect(parseJava(printed(version, '/opt/jdk'))).toEqual({ version: major, home: '/opt/jdk' }),
);

test('a home with a space in its name is kept whole', () =>
  expect(parseJava(printed('21.0.1', '/Program Files/Java'))?.home).toBe('/Program Files/Java'));

test.each(['', 'command not found', 'The operation couldn’t be completed. Unable to locate a Java Runtime.'])(
  'what prints %j is no Java',
  (text) => expect(parseJava(text)).toBeNull(),
);
