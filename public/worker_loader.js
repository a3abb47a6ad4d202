// Starts the worker's program. What goes wrong in a promise is thrown again outside of it: only so the page hears of it.
self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  setTimeout(() => {
    throw event.reason;
  });
});
importScripts("worker.js");
wasm_bindgen({ module_or_path: "worker_bg.wasm" });
