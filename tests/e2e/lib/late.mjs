// Runs in the page, before it: what its worker tells can be made to come late.

/** After `deafen()` nothing is heard of the worker; `hear()` tells all of it, message by message, and what comes then. */
export function late() {
  const { set } = Object.getOwnPropertyDescriptor(Worker.prototype, 'onmessage');
  let heard = Promise.resolve();
  window.deafen = () => (heard = new Promise((hear) => (window.hear = hear)));
  Object.defineProperty(Worker.prototype, 'onmessage', {
    // A turn for each: the page changes between two.
    set: function (take) {
      set.call(this, take && ((event) => heard.then(() => setTimeout(() => take(event)))));
    },
  });
}
