// Runs before the page's program and says plainly why that cannot run here, or that it could not be loaded; after the
// program's end, offers the run that it saved last.
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

  // A saved file: its name, then at 52 the time, as src/sealed.rs and src/app/saved.rs write them.
  function time(file) {
    var named = file.length > 60 && String.fromCharCode.apply(null, file.subarray(0, 8)) === "DigitLab";
    return named ? new DataView(file.buffer, file.byteOffset).getFloat64(52, true) : 0;
  }

  function offer(file) {
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([file], { type: "application/octet-stream" }));
    link.download = "digit-lab-run.digitlab";
    link.setAttribute("data-testid", "rescue");
    link.textContent = "Download the run that was saved last";
    document.getElementById("stopped").append(" ", link, ".");
  }

  function rescue() {
    var opening = indexedDB.open("digit-lab");
    opening.onsuccess = function () {
      var database = opening.result;
      if (!database.objectStoreNames.contains("saved")) return database.close();
      var reading = database.transaction("saved").objectStore("saved").getAll();
      reading.onsuccess = function () {
        var files = reading.result.filter(time).sort(function (a, b) { return time(b) - time(a); });
        if (files.length > 0) offer(files[0]);
      };
    };
  }

  // This script stands behind the paragraph that the program shows at its end.
  new MutationObserver(function (_, observer) {
    observer.disconnect();
    rescue();
  }).observe(document.getElementById("stopped"), { attributes: true, attributeFilter: ["hidden"] });

  var lack = missing();
  if (lack) {
    tell("This browser has no " + lack + ", which Digit Lab computes with. Chrome, Edge and Firefox have it, and Safari from 16.4 on.");
  }
  addEventListener("error", failed, true);
  addEventListener("unhandledrejection", failed);
  addEventListener("TrunkApplicationStarted", function () { started = true; });
})();
