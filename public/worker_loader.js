// Starts the worker's program, in the build for the SIMD tier that the address names. What goes wrong in a promise is
// thrown again outside of it: only so the page hears of it.
self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  setTimeout(() => {
    throw event.reason;
  });
});
const program = new URLSearchParams(location.search).get("simd") === "relaxed" ? "worker_relaxed" : "worker";
importScripts(`${program}.js`);
// A message that comes before the program listens would be lost: it is kept until then.
const early = [];
self.onmessage = (event) => early.push(event);
wasm_bindgen({ module_or_path: `${program}_bg.wasm` }).then(() => early.forEach((event) => self.onmessage(event)));
