//! The engine: layers, their kernels, losses and optimizers. It knows nothing of the browser.
