import { crc32 } from 'node:zlib';

/** A line of a manifest has at most 72 bytes; the rest goes on in lines that begin with a space. */
const MAX_LINE_BYTES = 72;

/**
 * A jar that holds nothing but a manifest: it makes `java -jar` start `mainClass` out of another jar. The Cloud SDK's
 * Firestore emulator has no main class in its own manifest, and the emulator suite starts it by `-jar`.
 */
export function manifestJar(mainClass: string, classPath: string): Buffer {
  const lines = ['Manifest-Version: 1.0', `Main-Class: ${mainClass}`, `Class-Path: ${classPath}`];
  return zipOf('META-INF/MANIFEST.MF', Buffer.from(`${lines.map(fold).join('\r\n')}\r\n\r\n`));
}

function fold(line: string): string {
  const parts = [line.slice(0, MAX_LINE_BYTES)];
  for (let at = MAX_LINE_BYTES; at < line.length; at += MAX_LINE_BYTES - 1)
    parts.push(line.slice(at, at + MAX_LINE_BYTES - 1));
  return parts.join('\r\n ');
}

/** A zip with one stored file: local header, data, central directory, end record. */
function zipOf(name: string, data: Buffer): Buffer {
  const fileName = Buffer.from(name);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0); // version needed
  common.writeUInt32LE(0x00210000, 6); // 1980-01-01, the earliest date there is
  common.writeUInt32LE(crc32(data), 10);
  common.writeUInt32LE(data.length, 14);
  common.writeUInt32LE(data.length, 18);
  common.writeUInt16LE(fileName.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, fileName, data]);
  const madeBy = Buffer.from([20, 0]);
  // Comment length, disk number, attributes and the offset of the local header: all zero.
  const central = Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), madeBy, common, Buffer.alloc(14), fileName]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
