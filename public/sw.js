// Keeps the whole app in this browser: it opens offline, and a page never meets files of another version. scripts/seal
// writes in here what the app consists of; without that (`trunk serve`) this only clears away what an earlier one left.
'use strict';

/** Every file of the app by its address, and its digest. */
const FILES = {};
const VERSION = '';

// Other apps may live on the same host.
const OURS = `digit-lab ${self.registration.scope} `;
const CACHE = OURS + VERSION;
const sealed = Object.keys(FILES).length > 0;

/** Large, and not everybody's: kept when it is first asked for. */
const LATER = /^data\/fashion\//;

/** All files or none: a version that is not whole is not installed. */
async function install() {
  const names = Object.keys(FILES).filter((name) => !LATER.test(name));
  const ends = await Promise.allSettled(names.map(keep));
  const failed = ends.find(({ status }) => status === 'rejected');
  if (!failed) return;
  await caches.delete(CACHE);
  throw failed.reason;
}

/** Puts a file into the cache, if it is the one that it must be, and gives it. */
async function keep(name) {
  const response = await fetch(name, { integrity: FILES[name], cache: 'no-cache' });
  const cache = await caches.open(CACHE);
  await cache.put(name, response.clone());
  return response;
}

async function clear() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(OURS) && name !== CACHE).map((name) => caches.delete(name)));
}

async function remove() {
  await clear();
  await self.registration.unregister();
  for (const tab of await tabs()) tab.navigate(tab.url);
}

/** The kept file; what is not kept, from the host. */
async function answer(request) {
  const name = nameOf(request.url);
  const cache = await caches.open(CACHE);
  const kept = await cache.match(name, { ignoreVary: true });
  // A copy has no address of its own, so that a worker finds in its location what the page asked for.
  if (kept) return new Response(kept.body, kept);
  return name in FILES ? keep(name) : fetch(request);
}

/** As in FILES: below the app's folder, whatever is asked of it. */
function nameOf(address) {
  const { origin, pathname } = new URL(address);
  return (origin + pathname).slice(self.registration.scope.length).replace(/^(index\.html)?$/, './');
}

async function tabs() {
  const all = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  return all.filter(({ url }) => url.startsWith(self.registration.scope));
}

self.addEventListener('install', (event) => event.waitUntil(sealed ? install() : self.skipWaiting()));
self.addEventListener('activate', (event) => event.waitUntil(sealed ? clear() : remove()));
self.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  if (sealed && method === 'GET' && url.startsWith(self.registration.scope)) event.respondWith(answer(event.request));
});

// The page asks to change over to this version. Its other tabs would meet files of both versions.
self.addEventListener('message', async ({ source }) => {
  if ((await tabs()).length > 1) source.postMessage('other tabs');
  else self.skipWaiting();
});
