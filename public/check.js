// Runs before the page's program and says plainly why that cannot run here, or that it could not be loaded.
(function () {
  "use strict";

  // The smallest module with a 128-bit constant, as the specification encodes it.
  var SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
  var started = false;

  function tell(message) {
    var boot = document.getElementById("boot");
    if (!boot || document.getElementById("app").hasAttribute("data-unsupported")) return;
    document.getElementById("app").setAttribute("data-unsupported", "");
    boot.setAttribute("role", "alert");
    boot.setAttribute("data-testid", "error");
    boot.textContent = message;
  }

  function missing() {
    if (typeof WebAssembly !== "object") return "WebAssembly";
    if (!WebAssembly.validate(new Uint8Array(SIMD))) return "WebAssembly SIMD";
    if (typeof Worker !== "function") return "Web Workers";
    return "";
  }

  function failed(event) {
    // Scripts tell of their own end by an event that does not bubble; of pictures and styles we do not care.
    var target = event.target;
    var ours = target === window || (target && target.tagName === "SCRIPT");
    if (!started && ours) tell("Digit Lab could not be loaded. Check the connection and reload the page.");
  }

  var lack = missing();
  if (lack) {
    tell("This browser has no " + lack + ", which Digit Lab computes with. Chrome, Edge and Firefox have it, and Safari from 16.4 on.");
  }
  addEventListener("error", failed, true);
  addEventListener("unhandledrejection", failed);
  addEventListener("TrunkApplicationStarted", function () { started = true; });
})();
