// IDX files made on the spot, as a user may have them.
import { gzipSync } from 'node:zlib';

/** Labels that count the classes through, `count` of them. */
export const cycle = (count, classes) => Array.from({ length: count }, (_, i) => (i * 7) % classes);

/** An IDX file of 28x28 images, each with a bright row that tells its class. */
export function images(labels) {
  const pixels = Buffer.alloc(labels.length * 784);
  labels.forEach((label, i) => pixels.fill(255, i * 784 + label * 28, i * 784 + label * 28 + 28));
  return Buffer.concat([header(0x803, labels.length, 28, 28), pixels]);
}

/** An IDX file of labels. */
export const labels = (values) => Buffer.concat([header(0x801, values.length), Buffer.from(values)]);

/** A file to choose, gzipped where its name says so. */
export const file = (name, buffer) => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: name.endsWith('.gz') ? gzipSync(buffer) : buffer,
});

function header(...numbers) {
  const bytes = Buffer.alloc(numbers.length * 4);
  numbers.forEach((number, i) => bytes.writeUInt32BE(number, i * 4));
  return bytes;
}
