// A static host: what the built app is served from in the tests and the measurements.
import fs from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.gz': 'application/gzip',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};
// What ordinary hosts compress on the way; unknown types go as they are.
const COMPRESSED = new Set(['.css', '.html', '.js', '.json', '.svg', '.wasm', '.webmanifest']);

/**
 * Serves a folder on a free port of this machine.
 *
 * @param {object} [options]
 * @param {string} [options.root] The folder; the release build by default.
 * @param {string} [options.prefix] Where on the host the app lies, as on a host that serves several: `/some/path/`.
 * @param {Record<string, string>} [options.headers] Sent with every answer.
 * @param {boolean} [options.offline] With the service worker: it fetches everything once more, which most tests are not about.
 * @returns {Promise<Server>}
 */
export async function serve({ root = path.join(ROOT, 'dist'), prefix = '/', headers = {}, offline = false } = {}) {
  await fs.access(path.join(root, 'index.html')).catch(() => {
    throw new Error(`${root} holds no index.html: run \`trunk build --release\` first`);
  });
  const server = new Server(root, prefix, headers, offline);
  await server.listen();
  return server;
}

/** The headers that docs/deploy.md asks every host for. */
export async function strictHeaders() {
  const text = await fs.readFile(path.join(ROOT, 'docs/deploy.md'), 'utf8');
  const [, block] = text.match(/```headers\n(.*?)```/s);
  return Object.fromEntries(block.trim().split('\n').map((line) => line.trim().split(/: (.*)/s, 2)));
}

/** A running static host; {@link serve} makes one. */
class Server {
  /** Every answer given: `{ path, status, rawBytes, sentBytes }`, oldest first. */
  answers = [];
  #faults = [];
  #files = new Map();

  constructor(root, prefix, headers, offline) {
    Object.assign(this, { root, prefix, headers, offline });
    this.http = http.createServer((request, response) => this.#answer(request, response));
  }

  async listen() {
    await new Promise((resolve) => this.http.listen(0, '127.0.0.1', resolve));
    this.origin = `http://127.0.0.1:${this.http.address().port}`;
    this.url = this.origin + this.prefix;
  }

  /**
   * Makes the answers whose path matches fail, until the function it returns is called.
   *
   * @param {RegExp} pattern Matched against the path below the prefix.
   * @param {(body: Buffer) => { status?: number, body: Buffer | string }} fault Turns the good answer into a bad one.
   */
  fail(pattern, fault = () => ({ status: 404, body: 'Not found' })) {
    const entry = { pattern, fault };
    this.#faults.push(entry);
    return () => {
      this.#faults = this.#faults.filter((other) => other !== entry);
    };
  }

  /** Reads the folder's files anew: a new version was put there. */
  forget() {
    this.#files.clear();
  }

  close() {
    this.http.closeAllConnections();
    return new Promise((resolve) => this.http.close(resolve));
  }

  async #answer(request, response) {
    const url = decodeURIComponent(new URL(request.url, this.origin).pathname);
    const inside = url.startsWith(this.prefix) ? url.slice(this.prefix.length) || 'index.html' : undefined;
    const gzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    const { status, raw, sent, type, encoding } = await this.#content(inside, gzip);
    this.answers.push({ path: inside ?? url, status, rawBytes: raw, sentBytes: sent.length });
    response.writeHead(status, {
      'content-type': type,
      'content-length': sent.length,
      'cache-control': 'no-cache',
      ...(encoding && { 'content-encoding': encoding }),
      ...this.headers,
    });
    response.end(request.method === 'HEAD' ? undefined : sent);
  }

  async #content(inside, gzip) {
    const file = inside === undefined ? undefined : await this.#file(inside);
    const fault = inside !== undefined && this.#faults.find(({ pattern }) => pattern.test(inside))?.fault;
    if (!file || fault) {
      const { status = 200, body } = fault ? fault(file?.body ?? Buffer.alloc(0)) : { status: 404, body: 'Not found' };
      const sent = Buffer.from(body);
      return { status, raw: sent.length, sent, type: status === 200 && file ? file.type : 'text/plain' };
    }
    const packed = gzip && file.packed;
    return { status: 200, raw: file.body.length, sent: packed || file.body, type: file.type, encoding: packed && 'gzip' };
  }

  // Read and compressed once: the answers' times are the network's, not this program's.
  async #file(inside) {
    if (this.#files.has(inside)) return this.#files.get(inside);
    const full = path.join(this.root, path.normalize(`/${inside}`));
    let body = await fs.readFile(full).catch(() => undefined);
    if (inside === 'index.html' && !this.offline) body = Buffer.from(`${body}`.replace(/(name="service-worker" content=)"[^"]*"/, '$1""'));
    const extension = path.extname(full);
    const file = body && {
      body,
      type: TYPES[extension] ?? 'application/octet-stream',
      packed: COMPRESSED.has(extension) ? gzipSync(body, { level: 9 }) : undefined,
    };
    this.#files.set(inside, file);
    return file;
  }
}
